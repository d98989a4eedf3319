/* completion.c - kemudi completion: scripts for bash, zsh and fish, generated from the
 * descriptors, with the analyses' parameters as they are in this very program. */
#include <stdio.h>
#include <string.h>

#include "app/cli/session.h"
#include "bank/fact.h"
#include "base/text.h"

/* ---- words ---------------------------------------------------------------------------------- */

static void add_analyses(ku_text *out)
{
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    for (size_t i = 0; i < count; i++) ku_text_addf(out, "%s%s", i ? " " : "", all[i]->id);
}

static void add_facts(ku_text *out)
{
    size_t count;
    const ku_fact *const *all = ku_facts(&count);
    for (size_t i = 0; i < count; i++) ku_text_addf(out, "%s%s", i ? " " : "", all[i]->name);
}

static void add_commands(ku_text *out)
{
    for (const cli_command *const *c = cli_commands(); *c; c++)
        if (!(*c)->hidden) ku_text_addf(out, "%s ", (*c)->name);
}

static void add_flags(ku_text *out, const cli_option *options)
{
    for (; options && options->name; options++) ku_text_addf(out, "--%s ", options->name);
}

static void add_params(ku_text *out, const ku_analysis *analysis)
{
    for (const ku_param_spec *p = analysis->params; p && p->name; p++)
        ku_text_addf(out, "--%s ", p->name);
}

static cli_word first_word(const cli_command *command)
{
    return command->operands && command->operands->name ? command->operands->word : CLI_WORD_ANY;
}

static void add_first_words(ku_text *out, const cli_command *command)
{
    switch (first_word(command)) {
    case CLI_WORD_ANALYSIS:
        add_analyses(out);
        break;
    case CLI_WORD_FACT:
        add_facts(out);
        break;
    case CLI_WORD_SHELL:
        ku_text_add(out, "bash zsh fish");
        break;
    default:
        break;
    }
}

/* ---- bash, and zsh through bash's own completion ---------------------------------------------- */

static void add_choice_cases(ku_text *out)
{
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    for (size_t i = 0; i < count; i++)
        for (const ku_param_spec *p = all[i]->params; p && p->name; p++) {
            if (p->type != KU_PARAM_CHOICE) continue;
            ku_text_addf(out, "        %s:--%s) words=\"", all[i]->id, p->name);
            for (const ku_choice *c = p->choices; c->value; c++) ku_text_addf(out, "%s ", c->value);
            ku_text_add(out, "\" ;;\n");
        }
}

static void add_bash(ku_text *out)
{
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    ku_text_add(
        out, "# bash completion for kemudi: source <(kemudi completion bash)\n"
             "_kemudi() {\n"
             "    local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]}\n"
             "    local command=${COMP_WORDS[1]} subject= words= i\n"
             "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
             "        case ${COMP_WORDS[i]} in -*) ;; *) subject=${COMP_WORDS[i]}; break ;; esac\n"
             "    done\n"
             "    if ((COMP_CWORD == 1)); then\n"
             "        words=\"");
    add_commands(out);
    ku_text_add(out, "--help --version\"\n"
                     "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                     "        return\n"
                     "    fi\n"
                     "    case $subject:$last in\n");
    add_choice_cases(out);
    ku_text_add(out, "    esac\n"
                     "    if [[ -z $words ]]; then case $command in\n");
    for (const cli_command *const *c = cli_commands(); *c; c++) {
        ku_text_addf(out, "        %s) if [[ $word == -* ]]; then words=\"", (*c)->name);
        add_flags(out, (*c)->options);
        add_flags(out, cli_common_options);
        ku_text_add(out, "\"; elif [[ -z $subject ]]; then words=\"");
        add_first_words(out, *c);
        ku_text_add(out, "\"; fi ;;\n");
    }
    ku_text_add(out, "    esac; fi\n"
                     "    if [[ $command == run && $word == -* ]]; then case $subject in\n");
    for (size_t i = 0; i < count; i++) {
        ku_text_addf(out, "        %s) words+=\" ", all[i]->id);
        add_params(out, all[i]);
        ku_text_add(out, "\" ;;\n");
    }
    ku_text_add(out, "    esac; fi\n"
                     "    if [[ -n $words ]]; then\n"
                     "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                     "    else\n"
                     "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
                     "    fi\n"
                     "}\n"
                     "complete -o filenames -F _kemudi kemudi\n");
}

/* ---- zsh ------------------------------------------------------------------------------------- */

/* Inside single quotes of a shell, with the marks that _arguments reads escaped. */
static void add_quoted(ku_text *out, const char *text, const char *escape)
{
    for (; *text; text++) {
        if (*text == '\'')
            ku_text_add(out, "'\\''");
        else {
            if (strchr(escape, *text)) ku_text_addc(out, '\\');
            ku_text_addc(out, *text);
        }
    }
}

static void add_zsh_options(ku_text *out, const cli_option *options)
{
    for (; options && options->name; options++) {
        ku_text_addf(out, "            '%s--%s%s[", options->repeats ? "*" : "", options->name,
                     options->value ? "=" : "");
        add_quoted(out, options->help, "[]:");
        ku_text_add(out, "]");
        if (options->value) {
            ku_text_add(out, ":");
            add_quoted(out, options->value, ":");
            ku_text_add(out, options->word == CLI_WORD_FOLDER ? ":_files -/" : ":_files");
        }
        ku_text_add(out, "' \\\n");
    }
}

static void add_zsh_params(ku_text *out)
{
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    ku_text_add(out, "    local -a parameters\n    case $words[3] in\n");
    for (size_t i = 0; i < count; i++) {
        ku_text_addf(out, "        %s) parameters=(", all[i]->id);
        for (const ku_param_spec *p = all[i]->params; p && p->name; p++) {
            ku_text_addf(out, " '--%s=[", p->name);
            add_quoted(out, p->help, "[]:");
            ku_text_addf(out, "]:%s:(", p->name);
            for (const ku_choice *c = p->choices; c && c->value; c++)
                ku_text_addf(out, "%s ", c->value);
            ku_text_add(out, ")'");
        }
        ku_text_add(out, " ) ;;\n");
    }
    ku_text_add(out, "    esac\n");
}

static void add_zsh(ku_text *out)
{
    ku_text_add(out, "#compdef kemudi\n"
                     "# zsh completion for kemudi: source <(kemudi completion zsh)\n"
                     "_kemudi() {\n"
                     "    if ((CURRENT == 2)); then\n"
                     "        local -a commands=(\n");
    for (const cli_command *const *c = cli_commands(); *c; c++) {
        if ((*c)->hidden) continue;
        ku_text_addf(out, "            '%s:", (*c)->name);
        add_quoted(out, (*c)->summary, ":");
        ku_text_add(out, "'\n");
    }
    ku_text_add(out, "        )\n"
                     "        _describe command commands\n"
                     "        return\n"
                     "    fi\n");
    add_zsh_params(out);
    ku_text_add(out, "    case $words[2] in\n");
    for (const cli_command *const *c = cli_commands(); *c; c++) {
        ku_text_addf(out, "        %s) shift words; ((CURRENT--)); _arguments \\\n", (*c)->name);
        add_zsh_options(out, (*c)->options);
        add_zsh_options(out, cli_common_options);
        if ((*c)->analysis_flags) ku_text_add(out, "            $parameters \\\n");
        cli_word word = first_word(*c);
        if (word == CLI_WORD_ANALYSIS || word == CLI_WORD_FACT || word == CLI_WORD_SHELL) {
            ku_text_addf(out, "            '1:%s:(", (*c)->operands->name);
            add_first_words(out, *c);
            ku_text_add(out, ")' \\\n");
        }
        ku_text_add(out, "            '*:file:_files' ;;\n");
    }
    ku_text_add(out, "    esac\n"
                     "}\n"
                     "if [[ $funcstack[1] == _kemudi ]]; then _kemudi \"$@\"; else compdef _kemudi "
                     "kemudi; fi\n");
}

/* ---- fish ------------------------------------------------------------------------------------ */

static void add_fish_option(ku_text *out, const char *condition, const cli_option *option)
{
    ku_text_addf(out, "complete -c kemudi -n '%s' -l %s", condition, option->name);
    if (option->letter) ku_text_addf(out, " -s %c", option->letter);
    if (option->value) ku_text_add(out, " -r");
    ku_text_add(out, " -d '");
    add_quoted(out, option->help, "\\");
    ku_text_add(out, "'\n");
}

static void add_fish(ku_text *out)
{
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    ku_text_add(out, "# fish completion for kemudi: kemudi completion fish | source\n");
    for (const cli_command *const *c = cli_commands(); *c; c++) {
        char when[96];
        if (!(*c)->hidden) {
            ku_text_addf(out, "complete -c kemudi -f -n __fish_use_subcommand -a %s -d '",
                         (*c)->name);
            add_quoted(out, (*c)->summary, "\\");
            ku_text_add(out, "'\n");
        }
        snprintf(when, sizeof when, "__fish_seen_subcommand_from %s", (*c)->name);
        ku_text words = {0};
        add_first_words(&words, *c);
        if (words.length)
            ku_text_addf(out, "complete -c kemudi -f -n '%s' -a '%s'\n", when,
                         ku_text_string(&words));
        ku_text_clear(&words);
        for (const cli_option *o = (*c)->options; o && o->name; o++) add_fish_option(out, when, o);
        for (const cli_option *o = cli_common_options; o->name; o++) add_fish_option(out, when, o);
    }
    for (size_t i = 0; i < count; i++)
        for (const ku_param_spec *p = all[i]->params; p && p->name; p++) {
            ku_text_addf(out,
                         "complete -c kemudi -n '__fish_seen_subcommand_from run; and contains %s "
                         "(commandline -opc)' -l %s -x -d '",
                         all[i]->id, p->name);
            add_quoted(out, p->help, "\\");
            ku_text_add(out, "'");
            if (p->type == KU_PARAM_CHOICE) {
                ku_text_add(out, " -a '");
                for (const ku_choice *c = p->choices; c->value; c++)
                    ku_text_addf(out, "%s ", c->value);
                ku_text_add(out, "'");
            }
            ku_text_add(out, "\n");
        }
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    const char *shell = cli_operand_at(args, 0);
    ku_text text = {0};
    if (strcmp(shell, "bash") == 0)
        add_bash(&text);
    else if (strcmp(shell, "zsh") == 0)
        add_zsh(&text);
    else if (strcmp(shell, "fish") == 0)
        add_fish(&text);
    else
        return ku_error_set(err, KU_USAGE, NULL, "found \"%s\", expected bash, zsh or fish", shell);
    fwrite(ku_text_string(&text), 1, text.length, session->out);
    ku_text_clear(&text);
    return KU_OK;
}

static const cli_operand operands[] = {
    {.name = "SHELL", .required = true, .word = CLI_WORD_SHELL, .help = "bash, zsh or fish."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"source <(kemudi completion bash)", "in ~/.bashrc: the Tab key completes commands and flags"},
    {.line = NULL},
};

const cli_command cli_command_completion = {
    .name = "completion",
    .group = "Help",
    .order = 400,
    .summary = "completion for bash, zsh or fish",
    .description = "Prints a script that lets the Tab key complete commands, options, analyses and "
                   "their parameters.",
    .operands = operands,
    .examples = examples,
    .run = run,
};
