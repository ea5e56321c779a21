/** The calls that our small programs make, and what the fork server is asked to make for a child. */
export type SystemCall =
  | 'read'
  | 'write'
  | 'openat'
  | 'close'
  | 'dup3'
  | 'ioctl'
  | 'ppoll'
  | 'socket'
  | 'socketpair'
  | 'connect'
  | 'nanosleep'
  | 'clone'
  | 'execve'
  | 'wait4'
  | 'exit_group'
  | 'setsid'
  | 'setgroups'
  | 'setresgid'
  | 'setresuid'
  | 'chdir'
  | 'mkdirat'
  | 'mknodat'
  | 'unlinkat'
  | 'rt_sigprocmask'
  | 'signalfd4'
  | 'kill'
  | 'unshare'
  | 'mount'
  | 'prctl';

/** Numbers of the kernel, see `man 2 syscalls`. */
export type SystemCallNumbers = Readonly<Record<SystemCall, number>>;

export const SYSTEM_CALLS: Readonly<Record<'x64' | 'arm64', SystemCallNumbers>> = {
  x64: {
    read: 0,
    write: 1,
    close: 3,
    rt_sigprocmask: 14,
    ioctl: 16,
    nanosleep: 35,
    socket: 41,
    connect: 42,
    socketpair: 53,
    clone: 56,
    execve: 59,
    wait4: 61,
    kill: 62,
    chdir: 80,
    setsid: 112,
    setgroups: 116,
    setresuid: 117,
    setresgid: 119,
    prctl: 157,
    mount: 165,
    exit_group: 231,
    openat: 257,
    mkdirat: 258,
    mknodat: 259,
    unlinkat: 263,
    ppoll: 271,
    unshare: 272,
    signalfd4: 289,
    dup3: 292,
  },
  arm64: {
    dup3: 24,
    ioctl: 29,
    mknodat: 33,
    mkdirat: 34,
    unlinkat: 35,
    mount: 40,
    chdir: 49,
    openat: 56,
    close: 57,
    read: 63,
    write: 64,
    ppoll: 73,
    signalfd4: 74,
    exit_group: 94,
    unshare: 97,
    nanosleep: 101,
    kill: 129,
    rt_sigprocmask: 135,
    setresuid: 147,
    setresgid: 149,
    setsid: 157,
    setgroups: 159,
    prctl: 167,
    socket: 198,
    socketpair: 199,
    connect: 203,
    clone: 220,
    execve: 221,
    wait4: 260,
  },
};

/** The folder that `*at` calls take relative paths from: the current one. */
export const AT_FDCWD = -100;
