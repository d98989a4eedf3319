/* docs.c - kemudi docs: the reference as Markdown pages. */
#include "app/cli/docs.h"
#include "app/cli/session.h"
#include "base/file.h"

typedef struct writer {
    cli_session *session;
    const char *folder;
    ku_text page; /* the page at hand */
    int pages;
} writer;

static ku_status write_page(writer *w, const char *name, ku_error *err)
{
    KU_TRY(ku_text_check(&w->page, err));
    KU_TRY(ku_file_write(ku_arena_printf(w->session->arena, "%s/%s.md", w->folder, name),
                         ku_text_string(&w->page), w->page.length, 0666, err));
    ku_text_empty(&w->page);
    w->pages++;
    return KU_OK;
}

static ku_status write_analyses(writer *w, ku_error *err)
{
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    KU_TRY(ku_folder_make(ku_arena_printf(w->session->arena, "%s/analyses", w->folder), 0777, err));
    for (size_t i = 0; i < count; i++) {
        KU_TRY(cli_docs_analysis(all[i], w->folder, w->session->arena, &w->page, err));
        KU_TRY(write_page(w, ku_arena_printf(w->session->arena, "analyses/%s", all[i]->id), err));
    }
    return KU_OK;
}

static ku_status write_facts(writer *w, ku_error *err)
{
    size_t count;
    const ku_fact *const *all = ku_facts(&count);
    KU_TRY(ku_folder_make(ku_arena_printf(w->session->arena, "%s/facts", w->folder), 0777, err));
    for (size_t i = 0; i < count; i++) {
        cli_docs_fact(all[i], &w->page);
        KU_TRY(write_page(w, ku_arena_printf(w->session->arena, "facts/%s", all[i]->name), err));
    }
    return KU_OK;
}

static ku_status write_all(writer *w, ku_error *err)
{
    KU_TRY(ku_folder_make(w->folder, 0777, err));
    cli_docs_index(&w->page);
    KU_TRY(write_page(w, "index", err));
    cli_docs_commands(&w->page, w->session->arena);
    KU_TRY(write_page(w, "commands", err));
    KU_TRY(write_facts(w, err));
    return write_analyses(w, err);
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    writer w = {.session = session, .folder = cli_option_value(args, "out")};
    if (!w.folder) return ku_error_set(err, KU_USAGE, NULL, "where to? kemudi docs --out DIR");
    ku_status status = write_all(&w, err);
    ku_text_clear(&w.page);
    if (status == KU_OK) cli_say(session, "%d pages; begin with %s/index.md\n", w.pages, w.folder);
    return status;
}

static const cli_option options[] = {
    {.name = "out",
     .letter = 'o',
     .value = "DIR",
     .word = CLI_WORD_FOLDER,
     .help = "The folder for the pages; what is there already is written over."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi docs --out reference", "one page for each analysis and fact, one for the commands"},
    {.line = NULL},
};

const cli_command cli_command_docs = {
    .name = "docs",
    .group = "Help",
    .order = 420,
    .summary = "the reference as Markdown pages",
    .description = "Writes what each analysis answers, assumes and needs, with its worked example "
                   "run anew, what each table of the bank holds, and every command.",
    .options = options,
    .examples = examples,
    .run = run,
};
