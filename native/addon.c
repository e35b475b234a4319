/*
 * The Node.js side of datagram-socket.c. Node-API, so that one build serves
 * every Node.js; of libuv only functions, whose binary interface is the same
 * in all of version 1.
 *
 * While few datagrams arrive, each is read as soon as the system tells of it.
 * While many do, they are read at intervals of up to 10 ms (core.batching_delay), as a network card
 * holds back its interrupts: one system call, one turn of the event loop and
 * warm caches then serve several of them (docs/performance.md).
 *
 * A socket has three owners, its libuv handles and its JavaScript object: it
 * is freed when all have let go of it.
 */
#define NAPI_VERSION 9
#include <errno.h>
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "datagram-socket.h"
#include "libuv.h"

/* What src/transport/udp-batched-addon.ts expects. */
#define INTERFACE_VERSION 2
/* Batches in a row before others have their turn. */
#define MAX_BATCHES 4
#define MAX_ADDRESS_TEXT 128
/* How long datagrams are counted to tell few from many. */
#define RATE_WINDOW_MS 32
/* Datagrams a second from which on they are many, and from which on they are few again. */
#define BUSY_RATE 750
#define CALM_RATE 375
/* How many datagrams are not to wait longer for others, and the longest interval that may be asked for. */
#define WANTED_BATCH 160
#define MAX_INTERVAL_MS 50

struct batched_socket {
  struct datagram_socket socket;
  uv_loop_t *loop;
  uv_poll_t *poll;
  uv_timer_t *timer;
  int owners;
  int open_handles;
  /* Many datagrams arrive: the timer reads them. 0: few do, or none is to wait. */
  uint64_t interval_ms;
  uint64_t max_interval_ms;
  uint64_t window_start_ms;
  uint64_t window_count;
  int is_closing;
  int waits_for_writable;
  napi_env env;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  napi_ref memory;
  napi_ref receiver;
  /* on_readable(count, errno) and on_writable(). */
  napi_ref on_readable;
  napi_ref on_writable;
};

static napi_value throw_type_error(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);

  return NULL;
}

static napi_value number(napi_env env, int64_t value) {
  napi_value result = NULL;

  napi_create_int64(env, value, &result);

  return result;
}

static void let_go(struct batched_socket *sock) {
  if (--sock->owners == 0) {
    free(sock->poll);
    free(sock->timer);
    free(sock);
  }
}

static void finalize(node_api_basic_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  let_go(data);
}

static void on_closed(uv_handle_t *handle) {
  struct batched_socket *sock = uv_handle_get_data(handle);

  if (--sock->open_handles == 0) {
    napi_remove_async_cleanup_hook(sock->cleanup);
  }

  let_go(sock);
}

/* The file descriptor is closed, and its port free, when this returns. */
static void close_socket(struct batched_socket *sock) {
  napi_env env = sock->env;

  if (sock->is_closing) {
    return;
  }

  sock->is_closing = 1;
  uv_poll_stop(sock->poll);
  uv_timer_stop(sock->timer);
  datagram_socket_close(&sock->socket);
  napi_delete_reference(env, sock->memory);
  napi_delete_reference(env, sock->receiver);
  napi_delete_reference(env, sock->on_readable);
  napi_delete_reference(env, sock->on_writable);
  napi_async_destroy(env, sock->context);
  uv_close((uv_handle_t *)sock->poll, on_closed);
  uv_close((uv_handle_t *)sock->timer, on_closed);
}

static void on_environment_exit(napi_async_cleanup_hook_handle handle, void *data) {
  (void)handle;
  close_socket(data);
}

static void call(struct batched_socket *sock, napi_ref function_ref, size_t count, napi_value *words) {
  napi_env env = sock->env;
  napi_value receiver;
  napi_value function;

  if (napi_get_reference_value(env, sock->receiver, &receiver) != napi_ok ||
      napi_get_reference_value(env, function_ref, &function) != napi_ok) {
    return;
  }

  if (napi_make_callback(env, sock->context, receiver, function, count, words, NULL) ==
      napi_pending_exception) {
    napi_value error;

    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
}

static void on_poll(uv_poll_t *handle, int status, int events);

/* Asks for the events that the state asks for. */
static void update_poll(struct batched_socket *sock) {
  int events = (sock->interval_ms > 0 ? 0 : UV_READABLE) | (sock->waits_for_writable ? UV_WRITABLE : 0);

  if (events == 0) {
    uv_poll_stop(sock->poll);
  } else {
    uv_poll_start(sock->poll, events, on_poll);
  }
}

/* Reads what is there, and gives it to JavaScript. */
static void receive_batches(struct batched_socket *sock) {
  napi_env env = sock->env;

  for (int i = 0; i < MAX_BATCHES && !sock->is_closing; i++) {
    int count = datagram_socket_receive(&sock->socket);

    if (count == 0) {
      return;
    }

    sock->window_count += count > 0 ? (uint64_t)count : 0;

    napi_handle_scope scope;

    if (napi_open_handle_scope(env, &scope) != napi_ok) {
      return;
    }

    napi_value words[2] = {number(env, count > 0 ? count : 0), number(env, count < 0 ? -count : 0)};

    call(sock, sock->on_readable, 2, words);
    napi_close_handle_scope(env, scope);

    if (count < RECEIVE_SLOTS) {
      return;
    }
  }
}

static void on_timer(uv_timer_t *handle);

static uint64_t interval_for(const struct batched_socket *sock, uint64_t elapsed_ms) {
  uint64_t rate = sock->interval_ms > 0 ? CALM_RATE : BUSY_RATE;

  if (sock->max_interval_ms == 0 || 1000 * sock->window_count < elapsed_ms * rate) {
    return 0;
  }

  uint64_t interval_ms = WANTED_BATCH * elapsed_ms / sock->window_count;

  return interval_ms < 1 ? 1 : interval_ms > sock->max_interval_ms ? sock->max_interval_ms : interval_ms;
}

/* Tells few datagrams from many, and goes over from the one to the other. */
static void measure_rate(struct batched_socket *sock) {
  uint64_t elapsed_ms = uv_now(sock->loop) - sock->window_start_ms;

  if (sock->is_closing || elapsed_ms < RATE_WINDOW_MS) {
    return;
  }

  uint64_t interval_ms = interval_for(sock, elapsed_ms);

  sock->window_start_ms += elapsed_ms;
  sock->window_count = 0;

  if (interval_ms == sock->interval_ms) {
    return;
  }

  sock->interval_ms = interval_ms;
  update_poll(sock);

  if (interval_ms > 0) {
    uv_timer_start(sock->timer, on_timer, interval_ms, interval_ms);
  } else {
    uv_timer_stop(sock->timer);
  }
}

static void on_timer(uv_timer_t *handle) {
  struct batched_socket *sock = uv_handle_get_data((uv_handle_t *)handle);

  receive_batches(sock);
  measure_rate(sock);
}

static void on_poll(uv_poll_t *handle, int status, int events) {
  struct batched_socket *sock = uv_handle_get_data((uv_handle_t *)handle);

  /* An error of the socket is told by the call that meets it. */
  if (status < 0) {
    events = UV_READABLE | UV_WRITABLE;
  }

  if ((events & UV_WRITABLE) != 0 && sock->waits_for_writable && !sock->is_closing) {
    napi_handle_scope scope;

    sock->waits_for_writable = 0;
    update_poll(sock);

    if (napi_open_handle_scope(sock->env, &scope) == napi_ok) {
      call(sock, sock->on_writable, 0, NULL);
      napi_close_handle_scope(sock->env, scope);
    }
  }

  if ((events & UV_READABLE) != 0) {
    receive_batches(sock);
    measure_rate(sock);
  }
}

static napi_value throw_errno(napi_env env, const char *where, int error) {
  napi_value code;
  napi_value message;
  napi_value result;

  /* libuv's name of it, as Node.js says it. */
  napi_create_string_utf8(env, uv_err_name(-error), NAPI_AUTO_LENGTH, &code);
  napi_create_string_utf8(env, where, NAPI_AUTO_LENGTH, &message);
  napi_create_error(env, code, message, &result);
  napi_set_named_property(env, result, "errno", number(env, -error));
  napi_throw(env, result);

  return NULL;
}

static struct batched_socket *socket_of(napi_env env, napi_value value) {
  void *data = NULL;

  if (napi_get_value_external(env, value, &data) != napi_ok) {
    napi_throw_type_error(env, NULL, "no socket");

    return NULL;
  }

  return data;
}

static void unmap(node_api_basic_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  munmap(data, sizeof(struct memory));
}

/*
 * Zeros that cost nothing until they are written: most slots never are. Where
 * this Node.js keeps all buffers in a place of its own, one of those.
 */
static napi_status create_memory(napi_env env, void **memory, napi_value *buffer) {
  *memory = mmap(NULL, sizeof(struct memory), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (*memory == MAP_FAILED) {
    return napi_generic_failure;
  }

  if (napi_create_external_arraybuffer(env, *memory, sizeof(struct memory), unmap, NULL, buffer) == napi_ok) {
    return napi_ok;
  }

  munmap(*memory, sizeof(struct memory));

  return napi_create_arraybuffer(env, sizeof(struct memory), memory, buffer);
}

static int is_of_type(napi_env env, napi_value value, napi_valuetype expected) {
  napi_valuetype type;

  return napi_typeof(env, value, &type) == napi_ok && type == expected;
}

/* Everything that JavaScript keeps of the socket: { handle, port, memory }. */
static napi_value result_of_open(napi_env env, struct batched_socket *sock, napi_value memory) {
  napi_value result;
  napi_value external;
  uint16_t port = 0;

  datagram_socket_port(&sock->socket, &port);

  if (napi_create_object(env, &result) != napi_ok ||
      napi_create_external(env, sock, finalize, NULL, &external) != napi_ok) {
    return NULL;
  }

  sock->owners++;
  napi_set_named_property(env, result, "handle", external);
  napi_set_named_property(env, result, "port", number(env, port));
  napi_set_named_property(env, result, "memory", memory);

  return result;
}

/* open(ip, port, receiveBufferBytes, sendBufferBytes, reusePort, maxDelayMs, receiver, onReadable, onWritable) */
static napi_value js_open(napi_env env, napi_callback_info info) {
  size_t count = 9;
  napi_value words[9];
  char ip[MAX_ADDRESS_TEXT];
  uint32_t port;
  uint32_t max_interval_ms;
  struct socket_options options = {.ip = ip};
  bool reuse_port;
  size_t length;
  void *memory;
  napi_value buffer;
  uv_loop_t *loop = NULL;
  napi_value name;

  napi_get_cb_info(env, info, &count, words, NULL, NULL);

  if (count < 9 || napi_get_value_string_utf8(env, words[0], ip, sizeof ip, &length) != napi_ok ||
      napi_get_value_uint32(env, words[1], &port) != napi_ok || port > 65535 ||
      napi_get_value_int32(env, words[2], &options.receive_buffer_bytes) != napi_ok ||
      napi_get_value_int32(env, words[3], &options.send_buffer_bytes) != napi_ok ||
      napi_get_value_bool(env, words[4], &reuse_port) != napi_ok ||
      napi_get_value_uint32(env, words[5], &max_interval_ms) != napi_ok || max_interval_ms > MAX_INTERVAL_MS ||
      !is_of_type(env, words[6], napi_object) || !is_of_type(env, words[7], napi_function) ||
      !is_of_type(env, words[8], napi_function)) {
    return throw_type_error(env, "open: wrong arguments");
  }

  options.port = (uint16_t)port;
  options.reuse_port = reuse_port;

  if (create_memory(env, &memory, &buffer) != napi_ok || napi_get_uv_event_loop(env, &loop) != napi_ok) {
    return throw_errno(env, "open", ENOMEM);
  }

  struct batched_socket *sock = calloc(1, sizeof *sock);
  uv_poll_t *poll = calloc(1, uv_handle_size(UV_POLL));
  uv_timer_t *timer = calloc(1, uv_handle_size(UV_TIMER));
  const char *where = "open";
  int error = sock == NULL || poll == NULL || timer == NULL ? -ENOMEM : 0;

  if (error == 0) {
    error = -datagram_socket_open(&sock->socket, &options, memory, &where);
  }

  if (error == 0) {
    where = "poll";
    error = uv_poll_init(loop, poll, sock->socket.fd);

    if (error != 0) {
      datagram_socket_close(&sock->socket);
    }
  }

  if (error != 0) {
    free(sock);
    free(poll);
    free(timer);

    return throw_errno(env, where, -error);
  }

  uv_timer_init(loop, timer);
  sock->loop = loop;
  sock->poll = poll;
  sock->timer = timer;
  sock->env = env;
  sock->owners = sock->open_handles = 2;
  sock->window_start_ms = uv_now(loop);
  sock->max_interval_ms = max_interval_ms;
  uv_handle_set_data((uv_handle_t *)timer, sock);
  uv_handle_set_data((uv_handle_t *)poll, sock);
  napi_create_string_utf8(env, "OversipDatagramSocket", NAPI_AUTO_LENGTH, &name);
  napi_create_reference(env, buffer, 1, &sock->memory);
  napi_create_reference(env, words[6], 1, &sock->receiver);
  napi_create_reference(env, words[7], 1, &sock->on_readable);
  napi_create_reference(env, words[8], 1, &sock->on_writable);
  napi_async_init(env, NULL, name, &sock->context);
  napi_add_async_cleanup_hook(env, on_environment_exit, sock, &sock->cleanup);
  update_poll(sock);

  return result_of_open(env, sock, buffer);
}

/* send(handle, first, count): entries that are done with, and 65,536 times those of them that failed. */
static napi_value js_send(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value words[3];
  uint32_t first;
  uint32_t entries;

  napi_get_cb_info(env, info, &count, words, NULL, NULL);

  if (count < 3 || napi_get_value_uint32(env, words[1], &first) != napi_ok ||
      napi_get_value_uint32(env, words[2], &entries) != napi_ok) {
    return throw_type_error(env, "send: wrong arguments");
  }

  struct batched_socket *sock = socket_of(env, words[0]);

  if (sock == NULL) {
    return NULL;
  }

  if (sock->is_closing) {
    return number(env, 0);
  }

  struct send_result result = datagram_socket_send(&sock->socket, first, entries);

  if (result.done < entries && !sock->waits_for_writable) {
    sock->waits_for_writable = 1;
    update_poll(sock);
  }

  return number(env, (int64_t)result.failed << 16 | result.done);
}

/* close(handle) */
static napi_value js_close(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value words[1];

  napi_get_cb_info(env, info, &count, words, NULL, NULL);

  if (count < 1) {
    return throw_type_error(env, "close: wrong arguments");
  }

  struct batched_socket *sock = socket_of(env, words[0]);

  if (sock != NULL) {
    close_socket(sock);
  }

  return NULL;
}

/* parseAddress(ip, isIpv6, words): writes scope and address to the Uint32Array of 5; false when it is none. */
static napi_value js_parse_address(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value words[3];
  char ip[MAX_ADDRESS_TEXT];
  size_t length;
  bool is_ipv6;
  napi_typedarray_type type;
  size_t size;
  void *data;
  struct entry entry = {0};
  napi_value result;

  napi_get_cb_info(env, info, &count, words, NULL, NULL);

  if (count < 3 || napi_get_value_string_utf8(env, words[0], ip, sizeof ip, &length) != napi_ok ||
      napi_get_value_bool(env, words[1], &is_ipv6) != napi_ok ||
      napi_get_typedarray_info(env, words[2], &type, &size, &data, NULL, NULL) != napi_ok ||
      type != napi_uint32_array || size < 5) {
    return throw_type_error(env, "parseAddress: wrong arguments");
  }

  /* A text that was cut short, or has a NUL in it, is none. */
  int is_address = length < sizeof ip - 1 && strlen(ip) == length &&
                   parse_address(is_ipv6 ? AF_INET6 : AF_INET, ip, &entry) == 0;

  if (is_address) {
    uint32_t values[5] = {entry.scope, entry.address[0], entry.address[1], entry.address[2], entry.address[3]};

    memcpy(data, values, sizeof values);
  }

  napi_get_boolean(env, is_address, &result);

  return result;
}

/* formatAddress(isIpv6, scope, word, word, word, word): its text, or undefined when its interface is gone. */
static napi_value js_format_address(napi_env env, napi_callback_info info) {
  size_t count = 6;
  napi_value words[6];
  char text[MAX_ADDRESS_TEXT];
  bool is_ipv6;
  struct entry entry = {0};
  napi_value result;

  napi_get_cb_info(env, info, &count, words, NULL, NULL);

  if (count < 6 || napi_get_value_bool(env, words[0], &is_ipv6) != napi_ok ||
      napi_get_value_uint32(env, words[1], &entry.scope) != napi_ok) {
    return throw_type_error(env, "formatAddress: wrong arguments");
  }

  for (int i = 0; i < 4; i++) {
    if (napi_get_value_uint32(env, words[2 + i], &entry.address[i]) != napi_ok) {
      return throw_type_error(env, "formatAddress: wrong arguments");
    }
  }

  if (format_address(is_ipv6 ? AF_INET6 : AF_INET, &entry, text, sizeof text) != 0) {
    napi_get_undefined(env, &result);
  } else {
    napi_create_string_latin1(env, text, NAPI_AUTO_LENGTH, &result);
  }

  return result;
}

static void set_function(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function;

  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function);
  napi_set_named_property(env, exports, name, function);
}

NAPI_MODULE_INIT(/* napi_env env, napi_value exports */) {
  static const struct {
    const char *name;
    int64_t value;
  } numbers[] = {
      {"receiveSlots", RECEIVE_SLOTS},
      {"slotBytes", SLOT_BYTES},
      {"sendEntries", SEND_ENTRIES},
      {"sendBytes", SEND_BYTES},
      {"entryBytes", sizeof(struct entry)},
      {"receivedOffset", offsetof(struct memory, received)},
      {"toSendOffset", offsetof(struct memory, to_send)},
      {"sendErrorsOffset", offsetof(struct memory, send_errors)},
      {"sendBytesOffset", offsetof(struct memory, send_bytes)},
      {"receiveBytesOffset", offsetof(struct memory, receive_bytes)},
  };
  napi_value layout;

  if (uv_version() >> 16 != 1) {
    napi_throw_error(env, NULL, "libuv is not version 1");

    return NULL;
  }

  napi_create_object(env, &layout);

  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    napi_set_named_property(env, layout, numbers[i].name, number(env, numbers[i].value));
  }

  napi_set_named_property(env, exports, "interfaceVersion", number(env, INTERFACE_VERSION));
  napi_set_named_property(env, exports, "layout", layout);
  set_function(env, exports, "open", js_open);
  set_function(env, exports, "send", js_send);
  set_function(env, exports, "close", js_close);
  set_function(env, exports, "parseAddress", js_parse_address);
  set_function(env, exports, "formatAddress", js_format_address);

  return exports;
}
