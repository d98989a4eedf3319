/* args.c - parsing. Every word is looked up in three places: the options of all commands,
 * those of this command, and the parameters of the analysis it names; what is found
 * nowhere is an error that names the nearest. */
#include "app/cli/args.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"

typedef struct given {
    const char *name, *value;
} given;

struct cli_args {
    const cli_command *command;
    const ku_analysis *analysis;
    bool help;
    const char **operand;
    size_t operands;
    given *option;
    size_t options;
    ku_param_text *param;
    size_t params;
};

typedef struct parser {
    cli_args *args;
    int count, at;
    char *const *words;
    ku_arena *arena;
    ku_error *err;
} parser;

/* ---- looking up ----------------------------------------------------------------------- */

static const cli_option *option_in(const cli_option *list, const char *name, size_t length)
{
    for (; list && list->name; list++)
        if (strlen(list->name) == length && memcmp(list->name, name, length) == 0) return list;
    return NULL;
}

static const cli_option *option_by_letter(const cli_option *list, char letter)
{
    for (; list && list->name; list++)
        if (list->letter == letter) return list;
    return NULL;
}

static const ku_param_spec *param_of(const ku_analysis *analysis, const char *name, size_t length)
{
    for (const ku_param_spec *p = analysis ? analysis->params : NULL; p && p->name; p++)
        if (strlen(p->name) == length && memcmp(p->name, name, length) == 0) return p;
    return NULL;
}

typedef struct known {
    const cli_option *common, *own;
    const ku_param_spec *params;
    size_t commons, owns;
} known;

static const char *known_name(const void *data, size_t i)
{
    const known *all = data;
    if (i < all->commons) return all->common[i].name;
    if (i < all->commons + all->owns) return all->own[i - all->commons].name;
    return all->params[i - all->commons - all->owns].name;
}

static ku_status unknown_option(const parser *p, const char *name)
{
    known all = {.common = cli_common_options, .own = p->args->command->options};
    size_t params = 0;
    while (all.common[all.commons].name) all.commons++;
    while (all.own && all.own[all.owns].name) all.owns++;
    if (p->args->analysis) {
        all.params = p->args->analysis->params;
        while (all.params && all.params[params].name) params++;
    }
    const char *near = ku_text_nearest(name, all.commons + all.owns + params, known_name, &all);
    if (near)
        return ku_error_set(p->err, KU_USAGE, NULL, "there is no option --%s; did you mean --%s?",
                            name, near);
    return ku_error_set(p->err, KU_USAGE, NULL, "there is no option --%s; see kemudi %s --help",
                        name, p->args->command->name);
}

/* ---- taking words ------------------------------------------------------------------------ */

static ku_status take_value(parser *p, const char *name, const char *what, const char *inlined,
                            const char **value)
{
    if (!inlined && p->at >= p->count)
        return ku_error_set(p->err, KU_USAGE, NULL, "--%s wants a value: %s", name, what);
    *value = inlined ? inlined : p->words[p->at++];
    return KU_OK;
}

static ku_status take_option(parser *p, const cli_option *option, const char *inlined)
{
    const char *value = "";
    if (option->value)
        KU_TRY(take_value(p, option->name, option->value, inlined, &value));
    else if (inlined)
        return ku_error_set(p->err, KU_USAGE, NULL, "--%s takes no value, found \"%s\"",
                            option->name, inlined);
    if (!option->repeats && cli_option_set(p->args, option->name))
        return ku_error_set(p->err, KU_USAGE, NULL, "--%s is given twice", option->name);
    if (strcmp(option->name, "help") == 0) p->args->help = true;
    p->args->option[p->args->options++] = (given){option->name, value};
    return KU_OK;
}

static ku_status take_param(parser *p, const ku_param_spec *param, const char *inlined)
{
    const char *value = "yes";
    bool is_switch = param->type == KU_PARAM_BOOL && !inlined &&
                     (p->at >= p->count || p->words[p->at][0] == '-');
    if (!is_switch) KU_TRY(take_value(p, param->name, param->help, inlined, &value));
    p->args->param[p->args->params++] = (ku_param_text){param->name, value};
    return KU_OK;
}

static ku_status take_long(parser *p, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const char *inlined = equals ? equals + 1 : NULL;
    const cli_option *option = option_in(cli_common_options, word, length);
    if (!option) option = option_in(p->args->command->options, word, length);
    if (option) return take_option(p, option, inlined);
    const ku_param_spec *param = param_of(p->args->analysis, word, length);
    if (param) return take_param(p, param, inlined);
    if (!inlined && ku_text_starts(word, "no-")) {
        param = param_of(p->args->analysis, word + 3, length - 3);
        if (param && param->type == KU_PARAM_BOOL) return take_param(p, param, "no");
    }
    return unknown_option(p, ku_arena_strndup(p->arena, word, length));
}

static ku_status take_short(parser *p, const char *word)
{
    const cli_option *option = option_by_letter(cli_common_options, word[0]);
    if (!option) option = option_by_letter(p->args->command->options, word[0]);
    if (!option)
        return ku_error_set(p->err, KU_USAGE, NULL, "there is no option -%c; see kemudi %s --help",
                            word[0], p->args->command->name);
    return take_option(p, option, word[1] ? word + 1 : NULL);
}

/* ---- operands ---------------------------------------------------------------------------- */

static ku_status find_analysis(parser *p)
{
    const char *id = p->args->operand[0];
    p->args->analysis = ku_analysis_find(id);
    if (p->args->analysis) return KU_OK;
    const char *near = ku_analysis_nearest(id);
    return ku_error_set(p->err, KU_NOT_FOUND, NULL,
                        near ? "there is no analysis \"%s\"; did you mean %s?"
                             : "there is no analysis \"%s\"; kemudi analyses lists them",
                        id, near);
}

static ku_status take_operand(parser *p, const char *word)
{
    p->args->operand[p->args->operands++] = word;
    if (p->args->command->analysis_flags && p->args->operands == 1) return find_analysis(p);
    return KU_OK;
}

static ku_status check_operands(const parser *p)
{
    const cli_operand *list = p->args->command->operands;
    size_t wanted = 0, most = 0;
    bool repeats = false;
    for (const cli_operand *o = list; o && o->name; o++) {
        most++;
        if (o->required) wanted++;
        repeats = o->repeats;
        if (o->required && most > p->args->operands)
            return ku_error_set(p->err, KU_USAGE, NULL, "%s is missing: %s", o->name, o->help);
    }
    if (p->args->operands > most && !repeats)
        return ku_error_set(p->err, KU_USAGE, NULL,
                            "\"%s\" is one word too many; see kemudi %s "
                            "--help",
                            p->args->operand[most], p->args->command->name);
    return KU_OK;
}

/* ---- the whole line ------------------------------------------------------------------------ */

static bool asks_help(int count, char *const *words)
{
    for (int i = 0; i < count && strcmp(words[i], "--") != 0; i++)
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0) return true;
    return false;
}

static ku_status parse_words(parser *p)
{
    bool options = true;
    while (p->at < p->count) {
        const char *word = p->words[p->at++];
        if (options && strcmp(word, "--") == 0)
            options = false;
        else if (options && word[0] == '-' && word[1] == '-')
            KU_TRY(take_long(p, word + 2));
        else if (options && word[0] == '-' && word[1] != '\0')
            KU_TRY(take_short(p, word + 1));
        else
            KU_TRY(take_operand(p, word));
    }
    return KU_OK;
}

/* Flags may stand before the analysis they belong to: it is looked for first. */
static void find_analysis_early(parser *p)
{
    if (!p->args->command->analysis_flags) return;
    for (int i = 0; i < p->count && !p->args->analysis; i++)
        if (p->words[i][0] != '-') p->args->analysis = ku_analysis_find(p->words[i]);
}

ku_status cli_args_parse(const cli_command *command, int count, char *const *words, ku_arena *arena,
                         cli_args **out, ku_error *err)
{
    cli_args *args = KU_NEW(arena, cli_args);
    size_t room = (size_t)count + 1;
    args->command = command;
    args->operand = KU_ARRAY(arena, room, const char *);
    args->option = KU_ARRAY(arena, room, given);
    args->param = KU_ARRAY(arena, room, ku_param_text);
    parser p = {args, count, 0, words, arena, err};
    *out = args;
    find_analysis_early(&p);
    args->help = asks_help(count, words);
    if (args->help) return KU_OK;
    KU_TRY(parse_words(&p));
    return args->help ? KU_OK : check_operands(&p);
}

/* ---- reading what was parsed --------------------------------------------------------------- */

bool cli_args_help(const cli_args *args)
{
    return args->help;
}

const ku_analysis *cli_args_analysis(const cli_args *args)
{
    return args->analysis;
}

size_t cli_operand_count(const cli_args *args)
{
    return args->operands;
}

const char *cli_operand_at(const cli_args *args, size_t index)
{
    return index < args->operands ? args->operand[index] : NULL;
}

const char *cli_option_nth(const cli_args *args, const char *name, size_t index)
{
    for (size_t i = 0; i < args->options; i++)
        if (strcmp(args->option[i].name, name) == 0 && index-- == 0) return args->option[i].value;
    return NULL;
}

const char *cli_option_value(const cli_args *args, const char *name)
{
    return cli_option_nth(args, name, 0);
}

bool cli_option_set(const cli_args *args, const char *name)
{
    return cli_option_value(args, name) != NULL;
}

ku_status cli_option_int(const cli_args *args, const char *name, int64_t min, int64_t max,
                         int64_t missing, int64_t *value, ku_error *err)
{
    const char *text = cli_option_value(args, name);
    *value = missing;
    if (!text) return KU_OK;
    if (ku_parse_int(text, strlen(text), value, NULL) == KU_OK && *value >= min && *value <= max)
        return KU_OK;
    return ku_error_set(err, KU_USAGE, NULL,
                        "--%s: found \"%s\", expected a whole number from %lld to %lld", name, text,
                        (long long)min, (long long)max);
}

const ku_param_text *cli_args_params(const cli_args *args, size_t *count)
{
    *count = args->params;
    return args->param;
}
