// The system calls of Linux, sorted by what a container may do with them. Facts, no decisions: what is done with each list
// is in default-profile.ts. Names are those of libseccomp; one that a machine or a libseccomp does not know is skipped by the
// OCI runtime. See syscalls(2).

const words = (text: string): string[] => text.trim().split(/\s+/);

/** What any program may need: these act on the caller, its files and its children, or the kernel checks who asks. */
export const ORDINARY_CALLS: readonly string[] = [
  ...words(`
    _llseek access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2
    fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync
    fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64
    futimesat getcwd getdents getdents64 getxattr getxattrat ioctl lchown lchown32 lgetxattr link linkat listxattr
    listxattrat llistxattr lremovexattr lseek lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at
    newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv
    removexattr removexattrat rename renameat renameat2 rmdir sendfile sendfile64 setxattr setxattrat splice stat stat64
    statfs statfs64 statx symlink symlinkat sync sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat utime
    utimensat utimensat_time64 utimes vmsplice write writev`), // files
  ...words(`
    _newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd
    eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents
    io_pgetevents io_pgetevents_time64 io_setup io_submit pipe pipe2 poll ppoll ppoll_time64 pselect6 pselect6_time64 select
    signalfd signalfd4 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64`), // waiting
  ...words(`
    accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg
    send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair`), // sockets that exist
  ...words(`
    brk cachestat madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2
    mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease
    remap_file_pages`), // memory
  ...words(`
    ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink
    msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget`), // System V
  ...words(`
    capget capset execve execveat exit exit_group fork getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups
    getgroups32 getpgid getpgrp getpid getppid getpriority getresgid getresgid32 getresuid getresuid32 getrlimit getrusage
    getsid gettid getuid getuid32 ioprio_get ioprio_set kill pause pidfd_open pidfd_send_signal prctl prlimit64
    restart_syscall setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setpgid setpriority setregid
    setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit setsid setuid setuid32 tgkill tkill
    ugetrlimit vfork wait4 waitid waitpid`), // processes
  ...words(`
    arch_prctl futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list get_thread_area getcpu
    riscv_flush_icache riscv_hwprobe rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
    rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min
    sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64
    sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield set_robust_list set_thread_area
    set_tid_address sigaction sigaltstack signal sigpending sigprocmask sigreturn sigsuspend uretprobe`), // threads, signals
  ...words(`
    adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
    clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete
    timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 times`), // time, as far as it is read
  ...words(`
    getrandom landlock_add_rule landlock_create_ruleset landlock_restrict_self listmount lsm_get_self_attr lsm_list_modules
    lsm_set_self_attr seccomp statmount sysinfo uname`), // asking, and restricting oneself
];

/** Looking into, or at the memory of, another process of the container. The kernel checks who asks (ptrace(2)). */
export const TRACING_CALLS: readonly string[] = words(
  "pidfd_getfd process_vm_readv process_vm_writev ptrace",
);

/** Of one architecture alone, by its name in Go. */
export const CALLS_OF_ARCHITECTURES: readonly [arches: readonly string[], calls: readonly string[]][] = [
  [["amd64", "x32", "x86", "386"], ["modify_ldt"]],
  [
    ["arm", "arm64"],
    words("arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2"),
  ],
  [["ppc64le"], words("swapcontext sync_file_range2")],
  [["s390", "s390x"], words("s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr")],
];

/** What goes with a capability. A call may be in several: each alone is enough. */
export const CALLS_OF_CAPABILITIES: readonly [capability: string, calls: readonly string[]][] = [
  ["CAP_BPF", ["bpf"]],
  ["CAP_DAC_READ_SEARCH", ["open_by_handle_at"]],
  ["CAP_PERFMON", ["perf_event_open"]],
  [
    "CAP_SYS_ADMIN",
    words(`
      bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount open_tree
      perf_event_open pivot_root quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare`),
  ],
  ["CAP_SYS_BOOT", ["reboot"]],
  ["CAP_SYS_CHROOT", ["chroot"]],
  ["CAP_SYS_MODULE", words("delete_module finit_module init_module")],
  [
    "CAP_SYS_NICE",
    words("get_mempolicy mbind migrate_pages move_pages set_mempolicy set_mempolicy_home_node"),
  ],
  ["CAP_SYS_PACCT", ["acct"]],
  ["CAP_SYS_PTRACE", words("kcmp process_madvise")],
  ["CAP_SYS_RAWIO", words("ioperm iopl")],
  ["CAP_SYS_TIME", words("clock_settime clock_settime64 settimeofday stime")],
  ["CAP_SYS_TTY_CONFIG", ["vhangup"]],
  ["CAP_SYSLOG", ["syslog"]],
];

/** What no capability of a container brings: these act on the whole machine, or have been ways out of containers. */
export const REFUSED_CALLS: readonly string[] = words(`
  add_key bdflush create_module get_kernel_syms io_uring_enter io_uring_register io_uring_setup kexec_file_load kexec_load
  keyctl nfsservctl query_module request_key swapoff swapon sysfs _sysctl userfaultfd uselib ustat vm86 vm86old`);

/** Values of personality(2) that say "a Linux of this or of a 32-bit machine", without or with UNAME26, and "what is it?". */
export const HARMLESS_PERSONALITIES: readonly number[] = [0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** The flags of clone(2) that make a namespace. */
export const NAMESPACE_FLAGS: readonly number[] = [
  0x0002_0000, // CLONE_NEWNS
  0x0200_0000, // CLONE_NEWCGROUP
  0x0400_0000, // CLONE_NEWUTS
  0x0800_0000, // CLONE_NEWIPC
  0x1000_0000, // CLONE_NEWUSER
  0x2000_0000, // CLONE_NEWPID
  0x4000_0000, // CLONE_NEWNET
];
