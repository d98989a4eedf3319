/* still.c - pictures and texts in XML that would do something when they are opened.
 *
 * An SVG picture may carry scripts, fetch other files and include whole web pages. Whoever
 * opens it from our server would run them as themselves. A picture that only shows something
 * has none of this, so one that has is refused. */
#include <expat.h>
#include <limits.h>
#include <string.h>

#include "office/documents/text/text_internal.h"

typedef struct looking {
    XML_Parser parser;
    const char *found; /* what was found, in words */
    int depth;
} looking;

static const char *local_name(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

static void find(looking *l, const char *what)
{
    if (l->found == NULL) l->found = what;
    XML_StopParser(l->parser, XML_FALSE);
}

/* Whether the address runs a script; blanks and control characters within do not count. */
static bool runs_script(const char *address)
{
    char plain[24];
    size_t n = 0;
    for (; *address != '\0' && n < sizeof plain - 1; address++)
        if ((unsigned char)*address > 0x20) plain[n++] = ku_char_lower(*address);
    plain[n] = '\0';
    if (ku_text_starts(plain, "data:"))
        return !ku_text_starts(plain, "data:image/") || ku_text_starts(plain, "data:image/svg");
    return ku_text_starts(plain, "javascript:") || ku_text_starts(plain, "vbscript:");
}

static void look_at_attribute(looking *l, const char *name, const char *value)
{
    name = local_name(name);
    if (ku_char_lower(name[0]) == 'o' && ku_char_lower(name[1]) == 'n')
        find(l, "a script that runs by itself");
    if (ku_text_fold_equal(name, "href") || ku_text_fold_equal(name, "src") ||
        ku_text_fold_equal(name, "to") || ku_text_fold_equal(name, "values") ||
        ku_text_fold_equal(name, "from"))
        if (runs_script(value)) find(l, "an address that runs a script");
}

static void on_start(void *data, const char *name, const char **attributes)
{
    static const char *const active[] = {"script", "foreignObject", "handler", "listener",
                                         "iframe", "object",        "embed"};
    looking *l = data;
    name = local_name(name);
    for (size_t i = 0; i < sizeof active / sizeof *active; i++)
        if (ku_text_fold_equal(name, active[i])) find(l, "a script or a page within");
    for (; *attributes != NULL; attributes += 2) look_at_attribute(l, attributes[0], attributes[1]);
    if (++l->depth > KU_XML_DEPTH) find(l, "nesting that no picture has");
}

static void on_end(void *data, const char *name)
{
    (void)name;
    ((looking *)data)->depth--;
}

static void on_instruction(void *data, const char *target, const char *rest)
{
    (void)rest;
    if (ku_text_fold_equal(target, "xml-stylesheet")) find(data, "a style sheet of elsewhere");
}

static void on_entity(void *data, const char *name, int is_parameter, const char *value,
                      int value_length, const char *base, const char *system, const char *public_id,
                      const char *notation)
{
    (void)name;
    (void)is_parameter;
    (void)value;
    (void)value_length;
    (void)base;
    (void)system;
    (void)public_id;
    (void)notation;
    find(data, "declarations by which it may grow without end");
}

ku_status ku_xml_check_still(const char *bytes, size_t length, ku_error *err)
{
    looking l = {.parser = XML_ParserCreate(NULL)};
    if (l.parser == NULL) return ku_error_set(err, KU_NO_MEMORY, "file", "no memory");
    XML_SetUserData(l.parser, &l);
    XML_SetElementHandler(l.parser, on_start, on_end);
    XML_SetProcessingInstructionHandler(l.parser, on_instruction);
    XML_SetEntityDeclHandler(l.parser, on_entity);
    enum XML_Status parsed = XML_STATUS_ERROR;
    if (length <= INT_MAX) parsed = XML_Parse(l.parser, bytes, (int)length, 1);
    XML_ParserFree(l.parser);
    if (l.found != NULL)
        return ku_error_set(err, KU_BAD_DATA, "file", "the file carries %s; it is not taken in",
                            l.found);
    if (parsed == XML_STATUS_OK) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, "file",
                        "the file is not the XML it begins as, so that it cannot be checked for "
                        "scripts; it is not taken in");
}
