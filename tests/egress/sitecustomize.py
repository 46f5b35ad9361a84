"""Loaded by every Python process of the walk: names each address beyond this machine in a file, and ends the process."""

import ipaddress
import os
import socket
import sys

_LOCAL_NAMES = ("localhost", "", None)
_EVENTS = ("socket.connect", "socket.sendto", "socket.sendmsg")
_LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")


def is_local(host: object) -> bool:
    """True for names and addresses of this machine."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def watch(event: str, arguments: tuple) -> None:
    """Refuse a connection or a look-up of a name that leads away from this machine."""
    if event in _EVENTS:
        opened, address = arguments[0], arguments[1]
        if getattr(opened, "family", None) == socket.AF_UNIX or not isinstance(address, tuple):
            return
        if not is_local(address[0]):
            refuse(event)
    elif event in _LOOKUPS and not is_local(arguments[0]):
        refuse(event)


def refuse(event: str) -> None:
    """Write down what happened and where, and end."""
    frame, places = sys._getframe(2), []
    while frame is not None and len(places) < 12:
        places.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
        frame = frame.f_back
    with open(os.environ["EGRESS_LOG"], "a") as log:
        log.write(f"{event} {' < '.join(places)}\n")
    os._exit(99)


sys.addaudithook(watch)
