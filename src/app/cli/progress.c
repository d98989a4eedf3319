/* progress.c - the bar is drawn at most ten times a second and only on a terminal. */
#include "app/cli/progress.h"

#include "base/date.h"
#include "base/text.h"

enum { BAR = 28 };

void cli_progress_init(cli_progress *progress, cli_session *session)
{
    /* Quick work ends before a bar would be seen. */
    *progress = (cli_progress){.session = session, .next = ku_clock_seconds() + 0.3};
}

static void draw(const cli_session *session, double done, const char *doing)
{
    ku_text line = {0};
    int full = (int)(done * BAR + 0.5);
    ku_text_add(&line, "\r\033[K");
    for (int i = 0; i < BAR; i++) ku_text_add(&line, i < full ? "█" : "░");
    ku_text_addf(&line, " %3.0f %%  %.60s", 100 * done, doing ? doing : "");
    fwrite(ku_text_string(&line), 1, line.length, session->say);
    fflush(session->say);
    ku_text_clear(&line);
}

bool cli_progress_show(void *data, double done, const char *doing)
{
    cli_progress *progress = data;
    const cli_session *session = progress->session;
    double now = ku_clock_seconds();
    if (session->say_terminal && !session->quiet && now >= progress->next) {
        draw(session, done < 0 ? 0 : done > 1 ? 1 : done, doing);
        progress->drawn = true;
        progress->next = now + 0.1;
    }
    return !cli_interrupted();
}

void cli_progress_end(cli_progress *progress)
{
    if (progress->drawn) fputs("\r\033[K", progress->session->say);
    progress->drawn = false;
}
