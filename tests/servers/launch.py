"""Becomes a server that dies with the process that started it, even by ``kill -9``:

    python launch.py PARENT USER|- COMMAND...

The system sends the signal when the thread that started us ends, so servers are started by threads
that stay. Not imported: it runs apart, before the server, and needs the standard library only.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(parent: int, user: str, command: list[str]) -> None:
    """Does not return. The order matters: the system forgets the wish when the user changes, and a
    parent that was gone before it was made is not told of any more."""
    if user != "-":
        account = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        os.environ.update(HOME=account.pw_dir, USER=user, LOGNAME=user)
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("the process that wanted this server is gone")
    os.execvp(command[0], command)


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
