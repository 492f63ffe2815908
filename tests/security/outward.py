"""Class 34: addresses that people give, and that lead where only we can go."""

from __future__ import annotations

HERE = (
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.1.1", "169.254.169.254", "169.254.0.1",
    "100.64.0.1", "100.127.255.254", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a9fe:a9fe::", "2002:c0a8:101::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:0:53aa:64c:0:5efe:80ff:fffe", "100::1", "fec0::1", "3fff::1",
)  # fmt: skip
"""Addresses that are refused, whatever name leads to them."""

OUTSIDE = ("8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1")

WRITTEN = (
    "http://127.0.0.1/", "http://[::1]/", "http://0.0.0.0:8420/", "http://0/", "http://2130706433/", "http://0x7f.1/", "http://0x7f000001/", "http://017700000001/",
    "http://127.1/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://localhost/",
    "http://LOCALHOST/", "http://localhost./",
)  # fmt: skip
"""As the resolver of this machine understands them: none leads out."""

NO_ADDRESS = (
    "", " ", "x", "//example.org/", "example.org", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "javascript:alert(1)", "data:text/plain,x",
    "http://", "http:///path", "http://user@example.org/", "http://user:word@example.org/", "http://example.org@127.0.0.1/", "http://127.0.0.1#@example.org/",
    "http://example.org/#x", "http://example.org:0/", "http://example.org:99999/", "http://example.org:x/", "http://exa mple.org/", "http://example.org/\r\nX: y",
    "http://example.org/\tx", "http://example.org\\@127.0.0.1/", "http://[::1/", "http://[x]/", "http://éxample.org/", "http://example.org/\x00", "http://example.org/" + "x" * 3_000,
    "unix:///run/x.sock", "ldap://example.org/", "dict://example.org:11211/", "HTTP+UNIX://x/", "http:example.org", "ws://example.org/", "http://example.org/<x>",
)  # fmt: skip
