/* documents.h - what the kinds of records around a document share: values, numbers, files,
 * readers. Everything lives in the office it is called with; blobs belong to the workspace. */
#ifndef KU_OFFICE_DOCUMENTS_DOCUMENTS_H
#define KU_OFFICE_DOCUMENTS_DOCUMENTS_H

#include "office/documents/text/words.h"
#include "office/organisation/organisation.h"
#include "office/store.h"

extern const ku_entity ku_entity_form, ku_entity_document, ku_entity_document_version,
    ku_entity_document_reader, ku_entity_ack, ku_entity_trade_secret, ku_entity_party,
    ku_entity_contract, ku_entity_obligation;

extern const ku_choice ku_document_kinds[]; /* "order", ...; NULL-terminated */
extern const ku_choice ku_document_classes[];

/* ---- members of a record ------------------------------------------------------------------ */

int64_t ku_member_id(const json_t *values, const char *name);       /* 0: none */
const char *ku_member_text(const json_t *values, const char *name); /* NULL: none */
bool ku_member_same(const json_t *a, const json_t *b, const char *name);
/* The record's class. */
bool ku_member_secret(const json_t *values);
/* The day `years` years and `days` days after an ISO date; 29 February becomes the 28th. */
const char *ku_day_after(ku_office *office, const char *day, int years, int days);
/* Whether the actor holds one of the roles (NULL-terminated) now. */
bool ku_holds_role(const ku_actor *actor, const char *const *roles);

/* ---- numbers --------------------------------------------------------------------------------- */

/* KU_BAD_DATA unless the pattern holds {n} or {n:W} once, at most one {year}, and otherwise
 * letters, digits and "-/._ ". */
ku_status ku_pattern_check(const char *pattern, ku_error *err);
const char *ku_pattern_number(ku_office *office, const char *pattern, int year, int64_t n);
/* The next number of the form in that year; within the caller's writing transaction, so that
 * one taken back leaves no gap. */
ku_status ku_form_number(ku_office *office, int64_t form, int year, const char **number,
                         ku_error *err);

/* ---- files ------------------------------------------------------------------------------------ */

#define KU_VERSION_BYTES ((size_t)64 << 20) /* the largest file of a version */

typedef struct ku_new_version {
    const char *name, *remark; /* remark: may be NULL */
    const void *bytes;
    size_t length;
    const ku_words *words; /* of the bytes */
    int64_t author;        /* 0: the actor */
} ku_new_version;

/* The next version of a document, in the caller's writing transaction; asks nobody's leave.
 * Secret bytes are stored sealed, the words of others go to the index, acknowledgements are
 * reopened, and a document that had been approved goes back to its draft. */
ku_status ku_version_add(ku_office *office, int64_t document, const ku_new_version *file,
                         int64_t *id, ku_error *err);

/* The same for one who must be allowed to, from outside: checks the name, the rights and the
 * file first; the words are taken out before anyone is kept waiting. */
ku_status ku_document_upload(ku_workspace *workspace, const ku_who *who, int64_t document,
                             const char *name, const char *remark, const void *bytes, size_t length,
                             int64_t *version, ku_error *err);

typedef struct ku_version_content {
    const char *name;
    const ku_content_kind *kind;
    const void *bytes;
    size_t length;
    const char *hash;
} ku_version_content;

/* The id of a document's newest version; KU_CONFLICT when it has none. */
ku_status ku_document_newest(ku_office *office, int64_t document, int64_t *version, ku_error *err);
/* Whether the person stands on the document's list of readers. */
ku_status ku_document_listed(ku_office *office, int64_t document, int64_t person, bool *listed,
                             ku_error *err);

/* The bytes of a version (`number` 0: the newest), in the arena. Reading a secret one is
 * logged; the reader's own acknowledgement of it counts as seen. */
ku_status ku_document_read(ku_workspace *workspace, const ku_who *who, int64_t document,
                           int64_t number, ku_arena *arena, ku_version_content *content,
                           ku_error *err);

/* Seals or opens the stored files of a document whose class has changed, and puts its words
 * into the index or takes them out. */
ku_status ku_versions_reclass(ku_office *office, int64_t document, ku_error *err);
/* Marks every stored file of the document for removal and takes its words out. */
ku_status ku_versions_destroy(ku_office *office, int64_t document, ku_error *err);
/* Removes stored files marked so that nothing else needs; a transaction of its own. */
ku_status ku_blobs_sweep(ku_workspace *workspace, ku_error *err);

/* ---- acknowledgements and reminders ---------------------------------------------------------- */

/* Nobody is asked to sign for what they may not open: KU_CONFLICT with the person's name. */
ku_status ku_ack_may_open(ku_office *office, int64_t document, int64_t person, ku_error *err);
/* Asks a person who may open it to take note of a document's newest version; once (*id 0 when
 * it is so already). */
ku_status ku_ack_ask(ku_office *office, int64_t document, int64_t person, const char *due,
                     int64_t *id, ku_error *err);
/* After a new version: what was signed or still due of the one before is to be taken note of
 * anew. */
ku_status ku_acks_reopen(ku_office *office, int64_t document, int64_t version, ku_error *err);
/* Writes to the log what is due within three days or overdue: documents, acknowledgements,
 * obligations; each once for a due date. A writing office; *written their number. */
ku_status ku_reminders_due(ku_office *office, int64_t *written, ku_error *err);

/* What the actor has been reminded of and has not done yet, the most urgent first: items of
 * {entity, record, title, due, overdue}. */
ku_status ku_reminders_mine(ku_office *office, json_t **items, ku_error *err);

/* Who read a secret document, its versions or its entry in the register, newest first: items of
 * {time, who, what}. For those who may see the document and keep its list of readers. */
ku_status ku_document_readings(ku_office *office, int64_t document, json_t **items, ku_error *err);

#endif
