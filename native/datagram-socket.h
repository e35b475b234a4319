/*
 * A UDP socket that reads and writes many datagrams in one system call, over
 * memory that is shared with JavaScript. Knows nothing of Node.js.
 */
#ifndef OVERSIP_DATAGRAM_SOCKET_H
#define OVERSIP_DATAGRAM_SOCKET_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Datagrams of one recvmmsg, each in a slot that holds the largest. */
#define RECEIVE_SLOTS 64
#define SLOT_BYTES 65536
/* Datagrams of one sendmmsg, and the bytes of all of them. */
#define SEND_ENTRIES 256
#define SEND_BYTES (512 * 1024)

/* A peer and a datagram, as JavaScript sees it: 32-bit numbers. */
struct entry {
  /* In the area of bytes to send; unused when receiving. */
  uint32_t offset;
  uint32_t length;
  uint32_t port;
  /* Number of the interface for a link-local address; else 0. */
  uint32_t scope;
  /* Big-endian words as numbers; IPv4 has only the first. */
  uint32_t address[4];
};

/* One block, so that one ArrayBuffer shows it whole. */
struct memory {
  struct entry received[RECEIVE_SLOTS];
  struct entry to_send[SEND_ENTRIES];
  /* errno of each datagram of the last send, or 0. */
  int32_t send_errors[SEND_ENTRIES];
  uint8_t send_bytes[SEND_BYTES];
  uint8_t receive_bytes[RECEIVE_SLOTS * SLOT_BYTES];
};

struct datagram_socket {
  /* -1 once it is closed. */
  int fd;
  int family;
  struct memory *memory;
  struct mmsghdr receive_headers[RECEIVE_SLOTS];
  struct iovec receive_parts[RECEIVE_SLOTS];
  struct sockaddr_storage sources[RECEIVE_SLOTS];
  /* How many of the headers above the last receive has changed. */
  int used_headers;
};

struct socket_options {
  const char *ip;
  uint16_t port;
  /* 0 leaves the system's. */
  int receive_buffer_bytes;
  int send_buffer_bytes;
  int reuse_port;
};

/* Each returns 0, or an errno. `*where` is the name of the call that failed. */
int datagram_socket_open(struct datagram_socket *socket, const struct socket_options *options,
                         struct memory *memory, const char **where);
int datagram_socket_port(const struct datagram_socket *socket, uint16_t *port);
void datagram_socket_close(struct datagram_socket *socket);

/* How many datagrams are in `received` now, or minus an errno. Never waits. */
int datagram_socket_receive(struct datagram_socket *socket);

struct send_result {
  /* Datagrams that are done with, sent or failed. The rest has to wait for the socket to be writable. */
  uint32_t done;
  uint32_t failed;
};

/* Sends `count` entries of `to_send` from `first` on. Never waits. */
struct send_result datagram_socket_send(struct datagram_socket *socket, uint32_t first, uint32_t count);

/* Text to the address of an entry, and back; 0, or an errno. */
int parse_address(int family, const char *text, struct entry *entry);
int format_address(int family, const struct entry *entry, char *text, size_t size);

#endif
