"""Addresses from which connections come."""

from __future__ import annotations

import ipaddress


def is_of_this_machine(address: str) -> bool:
    """Whether a connection from this IP address comes from this very machine, perhaps through a proxy here; so does one without any."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == ""
