/*
 * The least that a proxy can cost: receives what a call's proxy receives and
 * sends what it sends, one system call a packet, and reads nothing of it. Its
 * callee is fixed, its caller is who sent last.
 *
 *   floor udp|tcp PORT CALLEE_PORT
 *
 * UDP: INVITE is answered "100 Trying" as well, which takes its header fields
 * as they are. TCP: bytes are passed on as they come, without a 100.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define BUFFER_BYTES 65536
#define MAX_CONNECTIONS 64

static char buffer[BUFFER_BYTES];

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address;

  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

  return address;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int bound_socket(int type, int port) {
  struct sockaddr_in address = loopback(port);
  int fd = socket(AF_INET, type, 0);
  int yes = 1;
  int receive_bytes = 4 * 1024 * 1024;

  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);

  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    fail("bind");
  }

  return fd;
}

static void send_trying(int fd, const struct sockaddr_in *caller, size_t length) {
  static const char status_line[] = "SIP/2.0 100 Trying\r\n";
  char *headers = memchr(buffer, '\n', length);
  struct iovec parts[2];
  struct msghdr message;

  if (headers == NULL) {
    return;
  }

  headers++;
  parts[0].iov_base = (void *)status_line;
  parts[0].iov_len = sizeof status_line - 1;
  parts[1].iov_base = headers;
  parts[1].iov_len = length - (size_t)(headers - buffer);
  memset(&message, 0, sizeof message);
  message.msg_name = (void *)caller;
  message.msg_namelen = sizeof *caller;
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  sendmsg(fd, &message, 0);
}

static void relay_datagrams(int port, int callee_port) {
  int fd = bound_socket(SOCK_DGRAM, port);
  struct sockaddr_in callee = loopback(callee_port);
  struct sockaddr_in caller = callee;

  for (;;) {
    struct sockaddr_in from;
    socklen_t from_length = sizeof from;
    ssize_t length = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &from_length);

    if (length <= 0) {
      continue;
    }

    if (from.sin_port == callee.sin_port) {
      sendto(fd, buffer, (size_t)length, 0, (struct sockaddr *)&caller, sizeof caller);
      continue;
    }

    caller = from;

    if (length > 6 && memcmp(buffer, "INVITE", 6) == 0) {
      send_trying(fd, &caller, (size_t)length);
    }

    sendto(fd, buffer, (size_t)length, 0, (struct sockaddr *)&callee, sizeof callee);
  }
}

static void send_all(int fd, ssize_t length) {
  ssize_t sent = 0;

  while (sent < length) {
    ssize_t count = send(fd, buffer + sent, (size_t)(length - sent), MSG_NOSIGNAL);

    if (count <= 0) {
      return;
    }

    sent += count;
  }
}

static void relay_streams(int port, int callee_port) {
  struct pollfd fds[MAX_CONNECTIONS];
  struct sockaddr_in callee = loopback(callee_port);
  int yes = 1;
  int count = 1;

  fds[0].fd = bound_socket(SOCK_STREAM, port);
  fds[0].events = POLLIN;
  listen(fds[0].fd, 16);

  for (;;) {
    poll(fds, (nfds_t)count, -1);

    /* The two ends of a connection are neighbours: 1 and 2, 3 and 4. */
    for (int i = 1; i < count; i++) {
      int other = i % 2 == 1 ? i + 1 : i - 1;

      if (fds[i].fd >= 0 && fds[i].revents != 0) {
        ssize_t length = recv(fds[i].fd, buffer, sizeof buffer, 0);

        if (length > 0) {
          send_all(fds[other].fd, length);
        } else {
          close(fds[i].fd);
          close(fds[other].fd);
          fds[i].fd = fds[other].fd = -1;
        }
      }
    }

    if (fds[0].revents != 0 && count + 2 <= MAX_CONNECTIONS) {
      for (int i = count; i < count + 2; i++) {
        fds[i].fd = i == count ? accept(fds[0].fd, NULL, NULL) : socket(AF_INET, SOCK_STREAM, 0);
        fds[i].events = POLLIN;
        fds[i].revents = 0;
        setsockopt(fds[i].fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      }

      connect(fds[count + 1].fd, (struct sockaddr *)&callee, sizeof callee);
      count += 2;
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "floor udp|tcp PORT CALLEE_PORT\n");

    return 2;
  }

  if (strcmp(argv[1], "tcp") == 0) {
    relay_streams(atoi(argv[2]), atoi(argv[3]));
  } else {
    relay_datagrams(atoi(argv[2]), atoi(argv[3]));
  }

  return 0;
}
