/* A strange world for one program, preloaded with LD_PRELOAD.

   WORLD_WALL names a file with eight bytes, the nanoseconds by which the clock on the wall is off; it may change at
   any time. The monotonic clock and every wait are as ever.
   WORLD_NO_FSYNC names a file; while it exists, fsync and fdatasync fail with EIO, after the data was written.

   libfaketime can not be used: its clock_nanosleep answers EINVAL to Python's time.sleep (0.9.10). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *wall_off_ns;
static const char *no_fsync;

__attribute__((constructor)) static void look_around(void)
{
    const char *wall = getenv("WORLD_WALL");
    no_fsync = getenv("WORLD_NO_FSYNC");
    if (wall == NULL)
        return;
    int fd = open(wall, O_RDONLY | O_CLOEXEC);
    void *seen = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
    if (seen == MAP_FAILED)
        _exit(99);
    close(fd);
    wall_off_ns = seen;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int rc = (int) syscall(SYS_clock_gettime, clock, now);
    if (rc == 0 && wall_off_ns != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t ns = now->tv_sec * INT64_C(1000000000) + now->tv_nsec + *wall_off_ns;
        now->tv_sec = ns / INT64_C(1000000000);
        now->tv_nsec = ns % INT64_C(1000000000);
    }
    return rc;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    int rc = clock_gettime(CLOCK_REALTIME, &exact);
    (void) zone;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return rc;
}

time_t time(time_t *now)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now != NULL)
        *now = exact.tv_sec;
    return exact.tv_sec;
}

static int sync_fails(void)
{
    if (no_fsync == NULL || access(no_fsync, F_OK) != 0)
        return 0;
    errno = EIO;
    return 1;
}

int fsync(int fd)
{
    return sync_fails() ? -1 : (int) syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_fails() ? -1 : (int) syscall(SYS_fdatasync, fd);
}
