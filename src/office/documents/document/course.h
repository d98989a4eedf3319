/* course.h - a document's course: what must hold for each step, and what follows from it. Owns
 * nothing. */
#ifndef KU_OFFICE_DOCUMENTS_DOCUMENT_COURSE_H
#define KU_OFFICE_DOCUMENTS_DOCUMENT_COURSE_H

#include "office/documents/documents.h"

ku_change_fn course_check, course_after;
ku_change_fn course_has_file, course_may_approve, course_may_register, course_may_enforce,
    course_may_supersede, course_may_destroy, course_may_hold, course_may_release,
    course_may_classify, course_may_acquaint;
ku_change_fn course_register, course_supersede, course_archive, course_destroy, course_hold,
    course_release, course_classify, course_acquaint;

#endif
