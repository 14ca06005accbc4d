// The one header that the policy compiler, the kernel and the audit tools share: the table blob
// that goes in, the image archive beside it, and the audit records that come out. C11 and C++20,
// freestanding, little endian.
//
// A blob is a header followed by the sections of enum bh_section, in that order, without gaps: each
// section starts at the next multiple of 8 after the one before it, padding and reserved fields are
// zero, and the blob ends (padded to 8) with its last section. So every byte has exactly one
// meaning, and a blob has exactly one encoding of its length. Row numbers are indices into a
// section; `none` is all ones. Rows that others share (rights, record lists, profiles, caller sets,
// names, the methods of an interface) stand in the order of their first use, and no two of them say
// the same: so a policy has one blob. The kernel refuses rows out of order or of no use; that none
// repeats another, which costs nothing but space, the compiler's reader checks (targets/monitor).
//
// Meaning, binding for every reader:
// * A component names a call by (channel, method, six words). Channel c of component s is row
//   components[s].edge_first + c of the edges, which leads to an endpoint and says by a right what
//   may be asked there. What has no row cannot be named.
// * A word holds a scalar's value, or the SIZE in bytes of a `bytes` parameter, in parameter order.
//   The bytes themselves lie one after the other, in that order, in the sender's message buffer.
// * A call passes the static part if its channel exists, its allow bit is set, and (when its
//   conditional bit is set) its condition holds. It is then delivered if every protocol of its
//   endpoint permits it.
// * A condition is a disjunction of clauses, a clause a conjunction of tests:
//   low <= (word & mask) <= high. The ranges of the argument types are part of the condition.
// * A protocol step exists for (state, method, outcome) if its `next` is not none. It is enabled
//   for the callers of its row that `mover` lets take it, unless it is the limited one and its
//   counter has reached the limit. A call is permitted if one of its three steps exists, its caller
//   may take it, and no limit among them is reached: nobody knows its reply yet. `Call` is taken
//   when the call is granted, `Ok` or `Error` when its reply comes back so, each only if enabled;
//   otherwise the state stays. Taking the limited step adds one to its counter; a step to another
//   state enters that state.
// * Entering a state zeroes all counters of the instance, notes the time, and, if a step of a
//   shared protocol led into it, makes its caller the holder. Nobody holds the initial state,
//   entered as the system starts, nor a state that a timeout led into.
// * An instance that has been in a state with a timeout for timeout_ms enters its next state (which
//   may be the same) at that very moment, however much later somebody looks. One reading of the
//   clock serves a whole decision or reply, and its audit record bears that time.
// * A record keeps of each thing that it tells what the profile of the decision lets it, before it
//   leaves the kernel: all of it, a keyed hash, a multiple, or nothing; see struct bh_profile.
//   Under BH_ARCHIVE_VERBOSE records are exact, whatever the profiles say.
// * An event is a call without results whose sender goes on, with status ok, once it is delivered.
#pragma once
#include <stdint.h>

// ---- limits ------------------------------------------------------------------------------------
#define BH_MAGIC UINT64_C(0x31454c4241544842) /* "BHTABLE1" */
#define BH_FORMAT_VERSION 4u
#define BH_WORDS 6u                  /* message words of a call or a reply */
#define BH_BUFFER_BYTES 4096u        /* message buffer of a component */
#define BH_METHODS 32u               /* methods of an endpoint */
#define BH_STATES 64u                /* states of a protocol */
#define BH_COUNTERS 7u               /* counters of a protocol instance */
#define BH_MAX_COMPONENTS 4096u      /* of one system on this kernel */
#define BH_MAX_INSTANCES 32768u      /* protocol instances of one system */
#define BH_MAX_SAMPLES 1024u         /* counters of what leaves a record 1 in n times */
#define BH_MAX_BLOB_BYTES (1u << 20) /* a longer blob is refused */
#define BH_NONE8 0xffu
#define BH_NONE16 0xffffu
#define BH_NONE32 0xffffffffu

// ---- blob --------------------------------------------------------------------------------------
enum bh_section {
  BH_SECTION_COMPONENTS, /* struct bh_component */
  BH_SECTION_IMAGES,     /* struct bh_image, in the order of the components that are bound to one */
  BH_SECTION_EDGES,      /* struct bh_edge, grouped by component, by growing endpoint */
  BH_SECTION_RIGHTS,     /* struct bh_right */
  BH_SECTION_CONDITIONS, /* uint32_t: first test of a rule; grouped by right, in method order */
  BH_SECTION_RECORDS,    /* struct bh_record: lists of one a method, shared by rights */
  BH_SECTION_PROFILES,   /* struct bh_profile; used by the records, then by the methods */
  BH_SECTION_ENDPOINTS,  /* struct bh_endpoint */
  BH_SECTION_METHODS,    /* struct bh_method: interfaces of some each, shared by endpoints */
  BH_SECTION_TESTS,      /* struct bh_test: one rule a condition, then one a result_condition */
  BH_SECTION_PROTOCOLS,  /* struct bh_protocol, grouped by endpoint, in endpoint order */
  BH_SECTION_STATES,     /* struct bh_state, grouped by protocol, in protocol order */
  BH_SECTION_STEPS,      /* struct bh_step, grouped by protocol, in protocol order */
  BH_SECTION_CALLERS, /* uint64_t: caller sets, one bit a component, a whole number of words each */
  BH_SECTION_NAMES,   /* char: zero-terminated UTF-8; empty, or starting with an empty name at 0 */
  BH_SECTION_COUNT
};

struct bh_section_row {
  uint32_t offset; /* from the start of the blob, a multiple of 8 */
  uint32_t count;  /* rows (bytes for the names) */
};

struct bh_header {
  uint64_t magic;          /* BH_MAGIC */
  uint8_t sha256[32];      /* of everything after this field, to the end of the blob */
  uint32_t format_version; /* BH_FORMAT_VERSION */
  uint32_t total_bytes;    /* of the blob, this header included */
  uint64_t abi_hash;       /* of the interface and method numbering; each image carries the same */
  uint64_t policy_version; /* grows with each release; never 0 */
  uint32_t budget_ms; /* processor time a component may use after a message reaches it; never 0 */
  uint32_t call_ms;   /* a caller waits so long, then its call comes back; 0: without limit */
  struct bh_section_row sections[BH_SECTION_COUNT];
};

struct bh_component {
  uint32_t edge_first; /* its channels are edges [edge_first, edge_first + edge_count) */
  uint16_t edge_count;
  uint16_t image; /* row of the only image that it may run, or BH_NONE16: any */
  uint32_t name;  /* offset into the names */
};

struct bh_image {
  uint8_t sha256[32]; /* of the ELF file */
};

struct bh_edge {
  uint16_t right;
  uint16_t endpoint;
};

// What some components may ask of the endpoints of one interface.
struct bh_right {
  uint32_t allow;           /* bit m: method m is granted, subject to its condition and protocols */
  uint32_t audit;           /* bit m: a granted call of method m can leave a record; within allow */
  uint32_t conditional;     /* bit m: method m has a condition; within allow */
  uint32_t condition_first; /* method m: row condition_first + (bits below m set in conditional) */
  uint32_t method_first;    /* = method_first of the endpoints that it is for */
  uint32_t record_first;    /* method m: row record_first + m of the records */
};

// What the decisions about one method leave behind.
struct bh_record {
  uint16_t granted; /* profile of a granted call, or BH_NONE16: no record, as its audit bit says */
  uint16_t refused; /* profile of a refused call, which always leaves a record */
};

enum bh_keep {
  BH_KEEP_EXACT = 0,
  BH_KEEP_HASH = 1,     /* keyed, so equal things can be recognised (see struct bh_audit) */
  BH_KEEP_MULTIPLE = 2, /* of a word: the multiple of `multiples` at or below it */
  BH_KEEP_NOTHING = 3
};

// Row 0 is that of refusals of what has no name, of whose words nothing is kept anyway.
struct bh_profile {
  uint8_t who;             /* enum bh_keep, but for BH_KEEP_MULTIPLE: the caller */
  uint8_t what;            /* channel, endpoint, method, receiver */
  uint8_t why;             /* reason and rule */
  uint8_t words[BH_WORDS]; /* enum bh_keep; exact for words that do not cross, kept as zero */
  uint8_t reserved[7];
  uint32_t one_in; /* every so manyth decision leaves a record; 1 for refusals and replies */
  uint32_t sample; /* the counter of those decisions, numbered by first use; BH_NONE32 for 1 */
  uint64_t multiples[BH_WORDS]; /* 0 unless BH_KEEP_MULTIPLE */
};

// An endpoint is a place where one component receives: what it provides (calls) or handles
// (events).
//
// A call to the endpoint of a service is decided like any other and then answered by the kernel.
enum bh_service {
  BH_SERVICE_NONE = 0,
  BH_SERVICE_LIFE = 1,    /* enum bh_life_method, of the receiver */
  BH_SERVICE_MACHINE = 2, /* enum bh_machine_method */
  BH_SERVICE_CRASHES = 3, /* no service: its one method is the event that a component has crashed,
                             sent by the kernel in the name of the component to whom it may tell */
  BH_SERVICE_COUNT = 4
};

// No words either way; an error when there is nothing to do.
enum bh_life_method {
  BH_LIFE_START = 0, /* of one that has ended: with fresh memory, under a new id */
  BH_LIFE_STOP = 1,
  BH_LIFE_RESTART = 2, /* stop, if it runs, and start */
  BH_LIFE_METHODS = 3
};

// A policy may offer the first few of them.
enum bh_machine_method {
  BH_MACHINE_SHUTDOWN = 0, /* word 0: status */
  BH_MACHINE_WATCHDOG =
      1,                  /* word 0: the system ends unless asked again within so many ms; 0: off */
  BH_MACHINE_STAGE = 2,   /* word 0: offset, where the part before ended, or 0; word 1: size of the
                             part of a new table that lies in the message buffer */
  BH_MACHINE_RELOAD = 3,  /* the staged table comes into force, or an error */
  BH_MACHINE_UPGRADE = 4, /* bytes: the digest of an image in the other slot, which runs next, on
                             trial; or an error (abi/bh_image.h) */
  BH_MACHINE_HEALTHY = 5, /* what runs on trial stays, and older images are refused from now on */
  BH_MACHINE_METHODS = 6
};

struct bh_endpoint {
  uint16_t receiver; /* component */
  uint8_t method_count;
  uint8_t service; /* enum bh_service */
  uint16_t protocol_first;
  uint16_t protocol_count;
  uint32_t method_first; /* 0 without methods */
  uint32_t name;         /* within its receiver */
};

// The methods of an endpoint are those from its first to the next that is marked as the last.
enum { BH_METHOD_EVENT = 1u, BH_METHOD_LAST = 2u };

struct bh_method {
  uint8_t arg_words;      /* words that cross with the call; the rest arrive as zero */
  uint8_t arg_bytes_mask; /* bit w: word w is the size of a bytes parameter; within arg_words */
  uint8_t result_words;   /* likewise for the reply */
  uint8_t result_bytes_mask;
  uint32_t result_condition; /* first test of the condition an ok reply must meet, or BH_NONE32 */
  uint8_t flags;             /* BH_METHOD_* */
  uint8_t reserved;
  uint16_t results; /* profile of a bad reply's words; the rest of its record is a refusal's */
  uint32_t name;
};

struct bh_test {
  uint64_t mask;
  uint64_t low; /* low <= (words[word] & mask) <= high, unsigned */
  uint64_t high;
  uint8_t word;
  uint8_t last_of_clause; /* 0 or 1 */
  uint8_t last_of_rule;   /* 0 or 1; 1 only with last_of_clause */
  uint8_t reserved[5];
};

enum bh_instance { BH_INSTANCE_SHARED = 0, BH_INSTANCE_PER_CALLER = 1 };

struct bh_protocol {
  uint16_t endpoint;
  uint8_t instance; /* enum bh_instance */
  uint8_t state_count;
  uint8_t initial;
  uint8_t counter_count;
  uint16_t reserved;
  uint32_t step_first;     /* step of (state, method): step_first + state * method_count + method */
  uint32_t instance_first; /* in protocol order; shared: one, per caller: one a component */
  uint32_t state_first;    /* its states are [state_first, state_first + state_count) */
  uint32_t name;
};

struct bh_state {
  uint32_t timeout_ms; /* 0: none */
  uint32_t name;
  uint8_t next; /* the state after it, or BH_NONE8 without a timeout */
  uint8_t reserved[3];
};

enum bh_outcome {
  BH_OUTCOME_CALL = 0,
  BH_OUTCOME_OK = 1,
  BH_OUTCOME_ERROR = 2,
  BH_OUTCOME_COUNT = 3
};

// Which callers of a shared protocol may take the steps of a row. The holder of a state is the
// caller whose step led into it.
enum bh_mover {
  BH_MOVER_ANYONE = 0,
  BH_MOVER_SAME = 1, /* the holder alone */
  BH_MOVER_OTHER = 2 /* anyone but the holder */
};

// Without any step, and per caller: everyone, BH_MOVER_ANYONE.
struct bh_step {
  uint8_t next[BH_OUTCOME_COUNT]; /* the state after each outcome, or BH_NONE8: no such step */
  uint8_t limited;  /* the outcome whose step has the limit (always a self-loop), or BH_NONE8 */
  uint8_t counter;  /* of that step, or BH_NONE8 */
  uint8_t mover;    /* enum bh_mover */
  uint16_t callers; /* caller set of those who may take the steps, or BH_NONE16: everyone */
  uint32_t limit;   /* 0 without one */
};

// ---- image archive -----------------------------------------------------------------------------
// What a system image keeps in its store (abi/bh_image.h): a header, `count` entries, then ELF
// files, each at an offset that is a multiple of 4096. Component i runs entry i; an entry of 0
// bytes means that it is absent: it never runs, and whoever calls it is refused.
#define BH_ARCHIVE_MAGIC UINT64_C(0x31474d4952414842) /* "BHARIMG1" */
#define BH_ARCHIVE_VERSION 2u
#define BH_IMAGE_MAGIC UINT64_C(0x314547414d494842) /* "BHIMAGE1" */

enum {
  BH_ARCHIVE_VERBOSE = 1u, /* every decision and reply leaves a record, and an exact one */
  BH_ARCHIVE_COUNTERS = 2u /* components may read the processor's event counters: measuring only */
};

struct bh_archive {
  uint64_t magic;
  uint32_t version;
  uint32_t count;
  uint32_t flags;        /* BH_ARCHIVE_* */
  uint32_t run_limit_ms; /* the system ends after this time with BH_EXIT_RUN_LIMIT; never 0 */
  uint8_t audit_key[32]; /* of the hashes in records: random, the loader makes a new one for each
                            boot; all zero: none, and nothing is kept of what would be hashed */
};

struct bh_archive_entry {
  uint32_t offset; /* from the start of the archive */
  uint32_t bytes;
};

// Lies at the start of a component's first loaded segment.
struct bh_image_header {
  uint64_t magic; /* BH_IMAGE_MAGIC */
  uint64_t abi_hash;
};

// ---- system calls ------------------------------------------------------------------------------
// No pointer crosses. x0..x7 are the registers of a system call (arch/*/trap.h: which, by what
// instruction, and which others are lost). Words travel in x2..x7, bytes in the message buffer at
// BH_BUFFER_ADDRESS.
//   call               x0 channel, x1 method, words -> x0 enum bh_status, result words
//   receive            -> x0 0, x1 tag: method | endpoint << 8 | id of the caller << 24, for an
//                      event | BH_TAG_EVENT; argument words
//   reply_and_receive  x0 BH_OK or BH_ERROR, x1 id of the caller, result words -> as receive. A
//   reply
//                      to BH_NOBODY only receives
//   reply              x0 BH_OK or BH_ERROR, x1 id of the caller, result words -> x0 0, or
//   BH_REFUSED;
//                      the server goes on
//   exit               x0 status; ends this component
//   print              x0 bytes (<= 56) of text in x1..x7; the kernel marks each line's writer
//   receive_until      x0 microseconds since the system started -> as receive, or, if no call has
//                      come by then, x0 BH_ERROR and zeroes
enum bh_syscall {
  BH_CALL = 0,
  BH_RECEIVE = 1,
  BH_REPLY_AND_RECEIVE = 2,
  BH_EXIT = 3,
  BH_PRINT = 4,
  BH_REPLY = 5,
  BH_RECEIVE_UNTIL = 6
};
// The id of a component is its number | generation << 16: each start gives it the next generation.
// A reply to anybody but the caller whose call was received last and is still open is refused.
#define BH_NOBODY UINT64_C(0xffffffff)
#define BH_TAG_EVENT (UINT64_C(1) << 63)
#define BH_BUFFER_ADDRESS UINT64_C(0x10000000)
#define BH_PRINT_BYTES 56u

enum bh_status {
  BH_OK = 0,
  BH_ERROR = 1,     /* the receiver said so; an error carries no results */
  BH_REFUSED = 2,   /* the monitor refused the call; the receiver never saw it */
  BH_PEER_GONE = 3, /* the receiver was stopped before it replied */
  BH_BAD_REPLY = 4, /* the reply broke its own signature and was dropped */
  BH_TIMED_OUT = 5  /* there was no reply within call_ms; one that still comes is refused */
};

// ---- audit -------------------------------------------------------------------------------------
enum bh_audit_kind {
  BH_AUDIT_GRANTED = 1,   /* words: the arguments as delivered */
  BH_AUDIT_REFUSED = 2,   /* words: as the caller gave them */
  BH_AUDIT_REPLY = 3,     /* words: the results as delivered; status: enum bh_status */
  BH_AUDIT_BAD_REPLY = 4, /* words: the results as given; the caller got BH_BAD_REPLY and zeroes */
  BH_AUDIT_FAULT = 5,     /* words: what the processor says, its address, the program counter */
  BH_AUDIT_EXIT = 6,      /* a component ended by itself; words: its status */
  BH_AUDIT_SHUTDOWN = 7,  /* words: the status */
  BH_AUDIT_STARTED = 8,   /* again, by `life`; words: its new id */
  BH_AUDIT_STOPPED = 9,   /* by `life`; words: the id of who asked */
  BH_AUDIT_RELOAD = 10,   /* words: version of the new table, enum bh_exit: what is wrong with it */
  BH_AUDIT_UPGRADE = 11   /* words: enum bh_exit: what is wrong with the image */
};

enum bh_reason {
  BH_REASON_NONE = 0,
  BH_REASON_CHANNEL = 1,    /* no such channel: out of the component's row */
  BH_REASON_METHOD = 2,     /* no such method at that endpoint */
  BH_REASON_DEFAULT = 3,    /* no rule grants the method */
  BH_REASON_CONDITION = 4,  /* rule: row of the conditions; for a reply: first test */
  BH_REASON_PROTOCOL = 5,   /* rule: row of the protocols */
  BH_REASON_TOO_LONG = 6,   /* the bytes do not fit the message buffer */
  BH_REASON_PEER_GONE = 7,  /* the receiver was stopped or has ended */
  BH_REASON_MEMORY = 8,     /* an access outside the component's memory or against its rights */
  BH_REASON_EXCEPTION = 9,  /* any other processor exception */
  BH_REASON_SYSCALL = 10,   /* no such system call, or one with impossible values */
  BH_REASON_BUDGET = 11,    /* used up budget_ms */
  BH_REASON_TIMED_OUT = 12, /* call_ms went by: of a refusal, before the call was delivered */
  BH_REASON_STALE = 13      /* a reply to nobody who waits for one; words: the id it names */
};

// What is not exact reads as none, 0 or BH_REASON_NONE. A hash is the first 8 bytes, read as a
// little-endian number, of SHA-256(audit_key, kind, value): kind a byte, value a little-endian
// uint64_t. Who: kind 1, subject; what: 2, endpoint | method << 16; why: 3, reason | rule << 32; a
// word: 0, the word, and its hash takes its place.
struct bh_audit {
  uint64_t sequence; /* from 0, without holes; a lost record takes a number too */
  uint64_t time;     /* ticks of the generic timer */
  uint32_t epoch;    /* of the table in force; 1 after boot */
  uint16_t kind;     /* enum bh_audit_kind */
  uint16_t reason;   /* enum bh_reason */
  uint16_t subject;  /* the caller; for faults, exits and shutdown the component itself */
  uint16_t channel;  /* saturated at BH_NONE16, like method */
  uint16_t endpoint;
  uint16_t method;
  uint32_t rule; /* see enum bh_reason, or BH_NONE32 */
  uint32_t kept; /* enum bh_keep, two bits each: who, what, why, then words 0..5 */
  uint16_t receiver;
  uint16_t status; /* enum bh_status of a reply */
  uint32_t reserved;
  uint64_t words[BH_WORDS];
  uint64_t hashes[3]; /* of who, what, why; meaningful as `kept` says */
};

// ---- how the system ends: QEMU's exit code -----------------------------------------------------
enum bh_exit {
  BH_EXIT_OK = 0,           /* shutdown with 0; 1..31: with that status (higher become 31) */
  BH_EXIT_UPGRADE = 47,     /* no end: the machine restarts into the other slot */
  BH_EXIT_NO_IMAGE = 48,    /* no system image in the slot */
  BH_EXIT_HEADER = 49,      /* the first block of the image is damaged or impossible */
  BH_EXIT_TABLE_HASH = 50,  /* the table is not the one that the image names */
  BH_EXIT_TREE = 51,        /* a block of the hash tree differs from the digest above it */
  BH_EXIT_BLOCK = 52,       /* a block of the component store differs from its digest */
  BH_EXIT_RECORD = 53,      /* flash holds no sound record, or cannot be written */
  BH_EXIT_NO_SLOT = 54,     /* of an upgrade: on trial, or no flash */
  BH_EXIT_UNTRUSTED = 55,   /* another image than the one that the record trusts */
  BH_EXIT_ROLL_BACK = 56,   /* an image older than one that was kept */
  BH_EXIT_UNHEALTHY = 57,   /* on trial, and did not report healthy in time */
  BH_EXIT_NO_BLOB = 64,     /* bad magic: nothing, or something else, was loaded as the blob */
  BH_EXIT_FORMAT = 65,      /* another format version */
  BH_EXIT_LENGTH = 66,      /* impossible length */
  BH_EXIT_SHA256 = 67,      /* the hash differs */
  BH_EXIT_STRUCTURE = 68,   /* a row breaks an invariant of this header */
  BH_EXIT_ABI = 69,         /* an image carries another ABI hash than the blob */
  BH_EXIT_ARCHIVE = 70,     /* bad archive, or not one image per component */
  BH_EXIT_IMAGE = 71,       /* an image is no loadable ELF file, or writable and executable */
  BH_EXIT_IMAGE_HASH = 72,  /* an image differs from the hash it is bound to */
  BH_EXIT_MEMORY = 73,      /* the images need more memory than there is */
  BH_EXIT_SELF_CHECK = 74,  /* the boot walk found a page against W^X or isolation */
  BH_EXIT_VERSION = 75,     /* a table is no newer than the one in force */
  BH_EXIT_STATE = 76,       /* a protocol's state has no place in the new table */
  BH_EXIT_BUSY = 77,        /* a call of the table before this one is still open */
  BH_EXIT_QUIET = 80,       /* nothing can run: every live component waits in receive */
  BH_EXIT_DEADLOCK = 81,    /* nothing can run, and some component waits for a reply */
  BH_EXIT_ALL_ENDED = 82,   /* every component has ended or was stopped */
  BH_EXIT_RUN_LIMIT = 83,   /* run_limit_ms is over */
  BH_EXIT_WATCHDOG = 84,    /* nobody asked the watchdog to wait any longer */
  BH_EXIT_KERNEL_FAULT = 90 /* an exception inside the kernel */
};
