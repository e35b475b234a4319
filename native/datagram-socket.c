#include "datagram-socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static socklen_t to_sockaddr(int family, const struct entry *entry, struct sockaddr_storage *storage) {
  if (family == AF_INET) {
    struct sockaddr_in *address = (struct sockaddr_in *)storage;

    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)entry->port);
    address->sin_addr.s_addr = htonl(entry->address[0]);

    return sizeof *address;
  }

  struct sockaddr_in6 *address = (struct sockaddr_in6 *)storage;

  memset(address, 0, sizeof *address);
  address->sin6_family = AF_INET6;
  address->sin6_port = htons((uint16_t)entry->port);
  address->sin6_scope_id = entry->scope;

  for (int i = 0; i < 4; i++) {
    uint32_t word = htonl(entry->address[i]);

    memcpy(&address->sin6_addr.s6_addr[4 * i], &word, 4);
  }

  return sizeof *address;
}

static void from_sockaddr(const struct sockaddr_storage *storage, struct entry *entry) {
  if (storage->ss_family == AF_INET) {
    const struct sockaddr_in *address = (const struct sockaddr_in *)storage;

    entry->port = ntohs(address->sin_port);
    entry->scope = 0;
    entry->address[0] = ntohl(address->sin_addr.s_addr);
    entry->address[1] = entry->address[2] = entry->address[3] = 0;

    return;
  }

  const struct sockaddr_in6 *address = (const struct sockaddr_in6 *)storage;

  entry->port = ntohs(address->sin6_port);
  entry->scope = address->sin6_scope_id;

  for (int i = 0; i < 4; i++) {
    uint32_t word;

    memcpy(&word, &address->sin6_addr.s6_addr[4 * i], 4);
    entry->address[i] = ntohl(word);
  }
}

static void point_headers_at(struct datagram_socket *socket, struct memory *memory) {
  memset(socket->receive_headers, 0, sizeof socket->receive_headers);

  for (int i = 0; i < RECEIVE_SLOTS; i++) {
    struct msghdr *header = &socket->receive_headers[i].msg_hdr;

    socket->receive_parts[i].iov_base = memory->receive_bytes + (size_t)i * SLOT_BYTES;
    socket->receive_parts[i].iov_len = SLOT_BYTES;
    header->msg_iov = &socket->receive_parts[i];
    header->msg_iovlen = 1;
    header->msg_name = &socket->sources[i];
    header->msg_namelen = sizeof socket->sources[i];
  }

  socket->used_headers = 0;
}

static int set_options(int fd, int family, const struct socket_options *options) {
  int yes = 1;

  /* The IPv4 address has its own socket. */
  if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) != 0) {
    return errno;
  }

  if (options->reuse_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) != 0) {
    return errno;
  }

  if (options->receive_buffer_bytes > 0 &&
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &options->receive_buffer_bytes, sizeof(int)) != 0) {
    return errno;
  }

  if (options->send_buffer_bytes > 0 &&
      setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &options->send_buffer_bytes, sizeof(int)) != 0) {
    return errno;
  }

  return 0;
}

int datagram_socket_open(struct datagram_socket *sock, const struct socket_options *options,
                         struct memory *memory, const char **where) {
  struct entry entry = {0};
  struct sockaddr_storage address;
  int family = strchr(options->ip, ':') == NULL ? AF_INET : AF_INET6;
  int error = parse_address(family, options->ip, &entry);

  *where = "bind";
  sock->fd = -1;

  if (error != 0) {
    return error;
  }

  entry.port = options->port;

  socklen_t length = to_sockaddr(family, &entry, &address);
  int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0) {
    *where = "socket";

    return errno;
  }

  error = set_options(fd, family, options);

  if (error != 0) {
    *where = "setsockopt";
  } else if (bind(fd, (struct sockaddr *)&address, length) != 0) {
    error = errno;
  }

  if (error != 0) {
    close(fd);

    return error;
  }

  sock->fd = fd;
  sock->family = family;
  sock->memory = memory;
  point_headers_at(sock, memory);

  return 0;
}

int datagram_socket_port(const struct datagram_socket *sock, uint16_t *port) {
  struct sockaddr_storage storage;
  socklen_t length = sizeof storage;
  struct entry entry;

  if (getsockname(sock->fd, (struct sockaddr *)&storage, &length) != 0) {
    return errno;
  }

  from_sockaddr(&storage, &entry);
  *port = (uint16_t)entry.port;

  return 0;
}

void datagram_socket_close(struct datagram_socket *sock) {
  if (sock->fd >= 0) {
    close(sock->fd);
    sock->fd = -1;
  }
}

int datagram_socket_receive(struct datagram_socket *sock) {
  int count;

  for (int i = 0; i < sock->used_headers; i++) {
    sock->receive_headers[i].msg_hdr.msg_namelen = sizeof sock->sources[i];
  }

  sock->used_headers = 0;

  do {
    count = recvmmsg(sock->fd, sock->receive_headers, RECEIVE_SLOTS, MSG_DONTWAIT, NULL);
  } while (count < 0 && errno == EINTR);

  if (count < 0) {
    return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
  }

  sock->used_headers = count;

  for (int i = 0; i < count; i++) {
    struct entry *entry = &sock->memory->received[i];

    entry->length = sock->receive_headers[i].msg_len;
    from_sockaddr(&sock->sources[i], entry);
  }

  return count;
}

struct send_result datagram_socket_send(struct datagram_socket *sock, uint32_t first, uint32_t count) {
  struct send_result result = {0, 0};
  /* On the stack: nothing here outlives the call. */
  struct mmsghdr headers[SEND_ENTRIES];
  struct iovec parts[SEND_ENTRIES];
  struct sockaddr_storage targets[SEND_ENTRIES];
  struct memory *memory = sock->memory;

  if (first >= SEND_ENTRIES || count > SEND_ENTRIES - first) {
    return result;
  }

  for (uint32_t i = 0; i < count; i++) {
    const struct entry *entry = &memory->to_send[first + i];
    struct msghdr *header = &headers[i].msg_hdr;
    int is_inside = entry->offset <= SEND_BYTES && entry->length <= SEND_BYTES - entry->offset;

    parts[i].iov_base = memory->send_bytes + (is_inside ? entry->offset : 0);
    parts[i].iov_len = is_inside ? entry->length : 0;
    memset(header, 0, sizeof *header);
    header->msg_iov = &parts[i];
    header->msg_iovlen = 1;
    header->msg_name = &targets[i];
    header->msg_namelen = to_sockaddr(sock->family, entry, &targets[i]);
    memory->send_errors[first + i] = 0;
  }

  while (result.done < count) {
    int sent = sendmmsg(sock->fd, headers + result.done, count - result.done, MSG_DONTWAIT);

    if (sent > 0) {
      result.done += (uint32_t)sent;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != EINTR) {
      /* It is the first one's; those behind it are tried without it. */
      memory->send_errors[first + result.done] = errno;
      result.done++;
      result.failed++;
    }
  }

  return result;
}

int parse_address(int family, const char *text, struct entry *entry) {
  struct sockaddr_storage storage;
  uint32_t port = entry->port;

  memset(&storage, 0, sizeof storage);

  if (family == AF_INET) {
    struct sockaddr_in *address = (struct sockaddr_in *)&storage;

    address->sin_family = AF_INET;

    if (inet_pton(AF_INET, text, &address->sin_addr) != 1) {
      return EINVAL;
    }
  } else {
    struct addrinfo hints;
    struct addrinfo *found = NULL;

    memset(&hints, 0, sizeof hints);
    /* Numbers only: it asks no name server. Unlike inet_pton it reads the zone of a link-local address. */
    hints.ai_flags = AI_NUMERICHOST;
    hints.ai_family = AF_INET6;
    hints.ai_socktype = SOCK_DGRAM;

    if (getaddrinfo(text, NULL, &hints, &found) != 0 || found == NULL) {
      return EINVAL;
    }

    memcpy(&storage, found->ai_addr, sizeof(struct sockaddr_in6));
    freeaddrinfo(found);
  }

  from_sockaddr(&storage, entry);
  entry->port = port;

  return 0;
}

int format_address(int family, const struct entry *entry, char *text, size_t size) {
  struct sockaddr_storage storage;
  char name[IF_NAMESIZE];

  to_sockaddr(family, entry, &storage);

  const void *address = family == AF_INET ? (void *)&((struct sockaddr_in *)&storage)->sin_addr
                                          : (void *)&((struct sockaddr_in6 *)&storage)->sin6_addr;

  if (inet_ntop(family, address, text, (socklen_t)size) == NULL) {
    return errno;
  }

  if (family == AF_INET6 && entry->scope != 0 &&
      IN6_IS_ADDR_LINKLOCAL(&((struct sockaddr_in6 *)&storage)->sin6_addr)) {
    size_t length = strlen(text);

    if (if_indextoname(entry->scope, name) == NULL) {
      return errno;
    }

    snprintf(text + length, size - length, "%%%s", name);
  }

  return 0;
}
