//! What a program in C needs besides its calls: headers and small functions.

use crate::export::program::page::Page;

/// What of it a program uses.
#[derive(Debug, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a helper of its own: all combinations occur"
)]
pub(super) struct Needs {
    pub(super) must: bool,
    pub(super) note: bool,
    pub(super) ipv4: bool,
    pub(super) ipv6: bool,
    pub(super) capitals: bool,
    pub(super) repeat: bool,
    pub(super) select: bool,
    pub(super) send_all: bool,
    pub(super) ioctl: bool,
    pub(super) settle: bool,
    pub(super) signal: bool,
    pub(super) tcp_options: bool,
    pub(super) threads: bool,
    pub(super) wait_for_enter: bool,
    pub(super) waits_inside: bool,
    pub(super) says_inside: bool,
    pub(super) reads_turns: bool,
}

impl Needs {
    pub(super) fn write(&self, page: &mut Page, turns: usize) {
        let headers = [
            (self.ipv4 || self.ipv6, "arpa/inet.h"),
            (true, "netinet/in.h"),
            (self.tcp_options, "netinet/tcp.h"),
            (self.threads, "pthread.h"),
            (self.signal, "signal.h"),
            (true, "stdio.h"),
            (true, "stdlib.h"),
            (self.repeat, "string.h"),
            (self.ioctl || self.settle, "sys/ioctl.h"),
            (self.select, "sys/select.h"),
            (true, "sys/socket.h"),
            (true, "unistd.h"),
        ];
        for (_, header) in headers.iter().filter(|(is_needed, _)| *is_needed) {
            page.line(&format!("#include <{header}>"));
        }
        page.line("");
        let helpers = [
            (self.must, MUST),
            (self.note, NOTE),
            (self.ipv4, IPV4),
            (self.ipv6, IPV6),
            (self.capitals, CAPITALS),
            (self.repeat, REPEAT),
            (self.select, SET_OF),
            (self.send_all, SEND_ALL),
            (self.settle, SETTLE),
            (self.wait_for_enter, WAIT_FOR_ENTER),
        ];
        for (_, helper) in helpers.iter().filter(|(is_needed, _)| *is_needed) {
            text(page, helper);
        }
        if self.waits_inside || self.says_inside || self.reads_turns {
            page.line(&format!("static int said[{turns}];"));
            text(page, TURNS);
        }
        if self.says_inside || self.reads_turns {
            text(page, SAY_TURN);
        }
        if self.waits_inside || self.reads_turns {
            text(page, WAIT_UNTIL_SAID);
        }
        if self.reads_turns {
            text(page, &READ_TURNS.replace("COUNT", &turns.to_string()));
        }
    }
}

fn text(page: &mut Page, text: &str) {
    for line in text.lines() {
        page.line(line);
    }
    page.line("");
}

const MUST: &str = "\
// A call that succeeded in the session: nothing makes sense without it.
static void must(const char *call, long result)
{
    if (result == -1) {
        perror(call);
        exit(1);
    }
}";

const NOTE: &str = "\
// A call that failed in the session: its error is what it was made for.
static void note(const char *call, long result)
{
    if (result == -1)
        perror(call);
    else
        printf(\"%s: no error this time\\n\", call);
}";

const IPV4: &str = "\
static struct sockaddr_in ipv4(const char *host, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, host, &address.sin_addr);
    return address;
}";

const IPV6: &str = "\
static struct sockaddr_in6 ipv6(const char *host, int port)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    inet_pton(AF_INET6, host, &address.sin6_addr);
    return address;
}";

const CAPITALS: &str = "\
static char *capitals(char *text, ssize_t size)
{
    for (ssize_t i = 0; i < size; i++)
        if (text[i] >= 'a' && text[i] <= 'z')
            text[i] += 'A' - 'a';
    return text;
}";

const REPEAT: &str = "\
// The same bytes so many times.
static char *repeat(const char *unit, size_t size, size_t times)
{
    char *all = malloc(size * times + 1);
    if (all == NULL) {
        perror(\"malloc\");
        exit(1);
    }
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * size, unit, size);
    return all;
}";

const SET_OF: &str = "\
// The set of these sockets.
static fd_set *set_of(fd_set *set, int count, const int *sockets)
{
    FD_ZERO(set);
    for (int i = 0; i < count; i++)
        FD_SET(sockets[i], set);
    return set;
}";

const SEND_ALL: &str = "\
// Sends again until all is taken, or one send fails.
static long send_all(int fd, const char *bytes, size_t size)
{
    size_t sent = 0;
    do {
        ssize_t count = send(fd, bytes + sent, size - sent, 0);
        if (count == -1)
            return -1;
        sent += count;
    } while (sent < size);
    return sent;
}";

const SETTLE: &str = "\
// No call: it looks whether the other end's system has acknowledged all that was sent.
static void wait_until_arrived(int connection)
{
    int left = 0;
    do
        ioctl(connection, TIOCOUTQ, &left);
    while (left > 0);
}";

const WAIT_FOR_ENTER: &str = "\
// Another program has to do something first.
static void wait_for_enter(int number, const char *program)
{
    printf(\"Press Enter when %s says (%d).\\n\", program, number);
    fflush(stdout);
    int character;
    do
        character = getchar();
    while (character != '\\n' && character != EOF);
}";

const TURNS: &str = "\
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;";

const SAY_TURN: &str = "\
static void say_turn(int number)
{
    pthread_mutex_lock(&lock);
    said[number] = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}";

const WAIT_UNTIL_SAID: &str = "\
static void wait_until_said(int number)
{
    pthread_mutex_lock(&lock);
    while (!said[number])
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}";

const READ_TURNS: &str = "\
static void wait_for_turn(int number, const char *program)
{
    printf(\"Type %d and Enter when %s says (%d).\\n\", number, program, number);
    fflush(stdout);
    wait_until_said(number);
}

static void *read_turns(void *unused)
{
    (void)unused;
    int number;
    while (scanf(\"%d\", &number) == 1)
        if (number > 0 && number < COUNT)
            say_turn(number);
    return NULL;
}";
