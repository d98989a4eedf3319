/* password.c - passwords, as NIST SP 800-63B and OWASP ASVS 5.0 (6.2) have them: long enough,
 * no rules of composition, none of the common ones, hashed by Argon2id.
 *
 * The cost is 64 MiB and three passes (OWASP's least is 19 MiB and two): some tenths of a
 * second here, so that guessing is slow even for who has stolen the database. */
#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "access/credential.h"
#include "base/text.h"
#include "workspace/sql.h"

enum { PASSES = 3, MEMORY = 64 << 20, AT_ONCE = 2 };

/* What people choose when twelve characters are asked for; compared without regard to
 * capitals. */
static const char *const common[] = {
    "123456789012",
    "1234567890123",
    "12345678901234",
    "passwordpassword",
    "password1234",
    "password12345",
    "qwertyuiop12",
    "qwertyuiopasdf",
    "qwertyuiop123",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "abcdefghijkl",
    "abcd12345678",
    "aaaaaaaaaaaa",
    "111111111111",
    "000000000000",
    "letmeinletmein",
    "iloveyou1234",
    "welcome12345",
    "administrator",
    "administrator1",
    "adminadminadmin",
    "kemudikemudi",
    "kemudi123456",
    "marketing123",
    "marketing1234",
    "changeme1234",
    "changemechangeme",
    "correcthorsebatterystaple",
};

ku_status ku_password_fit(const char *password, const char *user_name, ku_error *err)
{
    size_t length = ku_utf8_count(password, strlen(password));
    if (length < KU_PASSWORD_MIN)
        return ku_error_set(err, KU_BAD_DATA, "password",
                            "the password has %zu characters; take at least %d", length,
                            KU_PASSWORD_MIN);
    if (length > KU_PASSWORD_MAX)
        return ku_error_set(err, KU_BAD_DATA, "password",
                            "the password has %zu characters; take at most %d", length,
                            KU_PASSWORD_MAX);
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (ku_text_fold_equal(password, common[i]))
            return ku_error_set(err, KU_BAD_DATA, "password",
                                "this password is one of the first that are tried; take another");
    bool all_one = strspn(password, (char[]){password[0], '\0'}) == strlen(password);
    if (all_one ||
        (user_name != NULL && *user_name != '\0' && ku_text_fold_equal(password, user_name)))
        return ku_error_set(err, KU_BAD_DATA, "password",
                            "this password is too easy to guess; take another");
    return KU_OK;
}

/* ---- hashing ----------------------------------------------------------------------------------- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_freed = PTHREAD_COND_INITIALIZER;
static int gate_inside;

static void enter_gate(void)
{
    pthread_mutex_lock(&gate);
    while (gate_inside == AT_ONCE) pthread_cond_wait(&gate_freed, &gate);
    gate_inside++;
    pthread_mutex_unlock(&gate);
}

static void leave_gate(void)
{
    pthread_mutex_lock(&gate);
    gate_inside--;
    pthread_cond_signal(&gate_freed);
    pthread_mutex_unlock(&gate);
}

ku_status ku_password_hash(const char *password, ku_arena *arena, const char **hash, ku_error *err)
{
    char *text = ku_arena_alloc(arena, crypto_pwhash_STRBYTES);
    enter_gate();
    int failed = crypto_pwhash_str(text, password, strlen(password), PASSES, MEMORY);
    leave_gate();
    if (failed != 0) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory to hash a password");
    *hash = text;
    return KU_OK;
}

ku_status ku_password_set(sqlite3 *db, int64_t user, const char *hash, int64_t now, ku_error *err)
{
    KU_TRY(ku_sql_run(db, err, "DELETE FROM credential WHERE user = ?1 AND kind = 'password'", "i",
                      user));
    return ku_sql_run(db, err,
                      "INSERT INTO credential (user, kind, secret, created)"
                      " VALUES (?1, 'password', CAST(?2 AS BLOB), ?3)",
                      "isi", user, hash, now);
}

/* A hash of the same cost that no known text gives. */
static const char nobody[] = "$argon2id$v=19$m=65536,t=3,p=1$a2VtdWRpLW5vYm9keS0xMg$"
                             "1xQ3Zr0m3Jc0m9T0o1qv3s5u7w9y1A3C5E7G9I1K3M4";

ku_status ku_password_stored(sqlite3 *db, int64_t user, ku_arena *arena, const char **hash,
                             ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    *hash = nobody;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT CAST(secret AS TEXT) FROM credential"
                          " WHERE user = ?1 AND kind = 'password'",
                          "i", user));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (row) *hash = ku_sql_text(statement, 0, arena);
    sqlite3_finalize(statement);
    return KU_OK;
}

bool ku_password_matches(const char *hash, const char *password)
{
    enter_gate();
    bool matches = crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
    leave_gate();
    return matches;
}
