"""From the start of a program to its first row, in a pseudo terminal of 120x40.

    python3 benches/start.py 31 contoso- now=target/release/jetbridge before=/tmp/before/jetbridge

The programs run in turn, in a random order, so often; each in the home that the variable HOME_NAME names, or
in HOME, whose remembered place of the list is removed first. A row is there once the text is.
"""

import fcntl
import os
import pty
import random
import shutil
import statistics
import struct
import sys
import termios
import time


def once(command, home, text):
    """Milliseconds until the text is on the screen."""
    shutil.rmtree(os.path.join(home, ".local/share/jetbridge/places"), ignore_errors=True)
    environment = {"HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    begun = time.perf_counter()
    child, screen = pty.fork()
    if child == 0:
        os.execve(command[0], command, environment)
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    shown = b""
    while text not in shown:
        shown += os.read(screen, 65536)
    took = time.perf_counter() - begun
    os.kill(child, 9)
    os.waitpid(child, 0)
    os.close(screen)
    return took * 1000


def main():
    runs, text = int(sys.argv[1]), sys.argv[2].encode()
    programs = dict(it.split("=", 1) for it in sys.argv[3:])
    times = {name: [] for name in programs}
    for _ in range(runs):
        for name in random.sample(sorted(programs), len(programs)):
            home = os.environ.get(f"HOME_{name}", os.environ["HOME"])
            times[name].append(once(programs[name].split(), home, text))
    for name, all_times in times.items():
        print(f"{name}: median {statistics.median(all_times):.1f} ms, least {min(all_times):.1f} ms")


main()
