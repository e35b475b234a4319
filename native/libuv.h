/*
 * The part of libuv that addon.c uses, declared here so that a build needs no
 * headers of Node.js beyond those of Node-API. libuv keeps its binary
 * interface within version 1, which the addon asks for when it is loaded.
 */
#ifndef OVERSIP_LIBUV_H
#define OVERSIP_LIBUV_H

#include <stddef.h>
#include <stdint.h>

typedef struct uv_loop_s uv_loop_t;
typedef struct uv_handle_s uv_handle_t;
typedef struct uv_poll_s uv_poll_t;
typedef struct uv_timer_s uv_timer_t;

/* uv_handle_type, of which values do not change. */
#define UV_POLL 8
#define UV_TIMER 13
/* uv_poll_event. */
#define UV_READABLE 1
#define UV_WRITABLE 2

typedef void (*uv_poll_cb)(uv_poll_t *handle, int status, int events);
typedef void (*uv_timer_cb)(uv_timer_t *handle);
typedef void (*uv_close_cb)(uv_handle_t *handle);

unsigned int uv_version(void);
const char *uv_err_name(int error);
size_t uv_handle_size(int type);
void *uv_handle_get_data(const uv_handle_t *handle);
void uv_handle_set_data(uv_handle_t *handle, void *data);
void uv_close(uv_handle_t *handle, uv_close_cb on_close);
uint64_t uv_now(const uv_loop_t *loop);
int uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
int uv_poll_start(uv_poll_t *handle, int events, uv_poll_cb on_poll);
int uv_poll_stop(uv_poll_t *handle);
int uv_timer_init(uv_loop_t *loop, uv_timer_t *handle);
int uv_timer_start(uv_timer_t *handle, uv_timer_cb on_timer, uint64_t delay_ms, uint64_t repeat_ms);
int uv_timer_stop(uv_timer_t *handle);

#endif
