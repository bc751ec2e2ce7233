#!/bin/sh
# A program that speaks the command line of an OCI runtime and does what it is told, good or bad. It takes the options of
# runc, and runs with the working directory that a driver gives it: the bundle.
#
# It is told by the file `fake-oci-runtime` in that directory (drivers clean the environment, so that is no way in), a
# line each, later lines win:
#
#   <verb>=<behaviour>      verb: create start exec kill delete ps pause resume update checkpoint restore state
#                           features version, or "any" for all that no line names
#   real=<path>             the runtime that runs every command that is told nothing (and "ok" ones); without it they
#                           succeed: create, restore and exec start `sleep 1000000` and leave its pid
#   process=<script>        what create, restore and exec start instead, with sh
#
# Behaviours:
#   ok                      as above
#   fail:<text>             logs <text> as an error, JSON as runc does, and ends with status 1
#   fail-text:<text>        the same as a line of logrus' text format
#   fail-stderr:<text>      writes <text> to stderr alone, and ends with status 1
#   fail-mute               ends with status 3 and says nothing
#   warn                    logs a warning, then succeeds as "ok"
#   hang                    sleeps for ever, with a child that does too
#   hang-after              does as "ok", then sleeps for ever
#   die                     ends by SIGKILL before it has done anything
#   die-after               does as "ok", pid file included, then ends by SIGKILL
#   fail-after:<text>       does as "ok", pid file included, then as fail:<text>
#   no-pid                  create, restore, exec: succeeds without a pid file
#   bad-pid:<text>          the same with <text> in the pid file
#   print:<text>            succeeds and prints <text> in place of its answer (garbage, for ps and state)
#   flood                   writes 8 MiB of garbage to stdout, then succeeds
#   giant-log               writes 8 MiB of log before the error "at the end of a giant log", and ends with status 1
#   fd                      writes its descriptors and environment to `fake-oci-runtime.seen`, then does as "ok"
#
# One that hangs makes the file `fake-oci-runtime.hangs` first. Each call is appended to `fake-oci-runtime.calls`: its arguments, a line each call.

log=
pid_file=
verb=
version=
resources=
printf '%s\n' "$*" >>fake-oci-runtime.calls 2>/dev/null

set_behaviour() {
  behaviour=ok
  real=
  process=
  any=
  [ -r fake-oci-runtime ] || return 0
  named=
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      "$verb="*) named=${line#*=} ;;
      any=*) any=${line#*=} ;;
      real=*) real=${line#*=} ;;
      process=*) process=${line#*=} ;;
    esac
  done <fake-oci-runtime
  behaviour=${named:-${any:-ok}}
}

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      --log) log=$2; shift ;;
      --pid-file) pid_file=$2; shift ;;
      --version) version=yes ;;
      --resources=-) resources=yes ;;
      --root | --log-format | --bundle | --process | --console-socket | --image-path | --work-path | --parent-path | \
        --manage-cgroups-mode | --empty-ns | --format) shift ;;
      -*) ;;
      *) [ -n "$verb" ] || verb=$1 ;;
    esac
    shift
  done
  [ -z "$version" ] || verb=version
}

log_error() {
  text=$(printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g')
  printf '{"level":"error","msg":"%s","time":"2026-01-01T00:00:00Z"}\n' "$text" >>"${log:-/dev/stderr}"
}

ok() {
  if [ -n "$real" ]; then
    "$real" "$@"
    return
  fi
  case $verb in
    create | restore | exec)
      # Not with &: a shell may take the status of a child that ends quickly, and real runtimes leave it to the shim.
      perl -e 'my $file = shift; my $pid = fork; exec @ARGV unless $pid; open my $out, ">", $file; print $out $pid' \
        "$pid_file" sh -c "${process:-exec sleep 1000000}"
      ;;
    ps) echo '[1]' ;;
    state) echo '{"status":"running","pid":1}' ;;
    features) echo '{}' ;;
    version) echo 'fake version 1.0.0' ;;
    update) [ -z "$resources" ] || cat >/dev/null ;;
  esac
}

megabytes() { # a MiB for each argument
  for _ in "$@"; do head -c 1048576 /dev/zero | tr '\0' x; done
}

parse "$@"
set_behaviour
text=${behaviour#*:}
case $behaviour in
  ok) [ -z "$real" ] || exec "$real" "$@"; ok ;;
  fail:*) log_error "$text"; exit 1 ;;
  fail-text:*) printf 'time="2026-01-01T00:00:00Z" level=error msg="%s"\n' "$text" >>"$log"; exit 1 ;;
  fail-stderr:*) printf '%s\n' "$text" >&2; exit 1 ;;
  fail-mute) exit 3 ;;
  warn) printf '{"level":"warning","msg":"something is odd"}\n' >>"$log"; ok "$@" ;;
  hang) sleep 1000001 & : >fake-oci-runtime.hangs; exec sleep 1000000 ;;
  hang-after) ok "$@"; : >fake-oci-runtime.hangs; exec sleep 1000000 ;;
  die) kill -KILL $$ ;;
  die-after) ok "$@"; kill -KILL $$ ;;
  fail-after:*) ok "$@"; log_error "$text"; exit 1 ;;
  no-pid) ;;
  bad-pid:*) printf '%s' "$text" >"$pid_file" ;;
  print:*) printf '%s\n' "$text" ;;
  flood) megabytes 1 2 3 4 5 6 7 8 ;;
  giant-log) { megabytes 1 2 3 4 5 6 7 8; echo; } >>"$log"; log_error "at the end of a giant log"; exit 1 ;;
  fd) { ls -l /proc/$$/fd; env; } >fake-oci-runtime.seen; ok "$@" ;;
  *) echo "fake-oci-runtime: what is \"$behaviour\"?" >&2; exit 64 ;;
esac
