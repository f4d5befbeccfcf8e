"""Attacks by way of sockets: out to the machine, its services, and the world."""

from autograder.sandbox.limits import Needs

from .zygotes import Attacks

network = Attacks("the network")
SERVER = Needs(server=True)


@network(control=True)
def tcp(W, each):
    """A TCP connection to the machine's own address."""
    import socket

    return each(
        lambda host: socket.create_connection((host, W["tcp"]), 1) and "REACHED",
        ["127.0.0.1", "127.0.0.2", "localhost"],
    )


@network(control=True)
def udp(W, each):
    """A datagram to the machine's own address."""
    import socket

    return each(
        lambda kind: socket.socket(socket.AF_INET, kind).sendto(b"x", ("127.0.0.1", W["udp"])) and "REACHED",
        [socket.SOCK_DGRAM],
    )


@network(control=True)
def local_sockets(W, each):
    """Unix sockets of the machine, by path and by abstract name."""
    import socket

    def reach(address):
        kind = socket.SOCK_DGRAM if "datagram" in address else socket.SOCK_STREAM
        made = socket.socket(socket.AF_UNIX, kind)
        made.settimeout(1)
        made.connect(address)
        made.send(b"x")
        return "REACHED"

    names = [name for name in W["local"] if name] + [
        "\0" + W["abstract"],
        "\0" + W["abstract"].replace("canary-", "canary-datagram-"),
    ]
    return each(reach, names + ["/run/systemd/notify", "/dev/log", "/run/dbus/system_bus_socket"])


@network(control=True)
def half_a_pair(W, each):
    """One of a pair of datagram sockets, which can still write to any address."""
    import socket

    mine, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    names = [name for name in W["local"] if "datagram" in name] + [
        "\0" + W["abstract"].replace("canary-", "canary-datagram-")
    ]
    return each(lambda name: mine.sendto(b"x", name) and "REACHED", names)


@network()
def other_families(each):
    """Netlink, raw, packet, vsock, Bluetooth, the kernel's crypto, IPv6."""
    import socket

    kinds = [
        (16, 3, 0),
        (2, 3, 1),
        (17, 3, 0),
        (40, 1, 0),
        (31, 3, 0),
        (38, 5, 0),
        (10, 1, 0),
        (10, 2, 0),
        (30, 1, 0),
        (44, 3, 0),
    ]
    return each(lambda kind: socket.socket(*kind) and "REACHED", kinds)


@network()
def names(each):
    """A question to a name server."""
    import socket

    return each(
        lambda name: socket.getaddrinfo(name, 80) and "REACHED", ["example.com", "localhost.localdomain"]
    )


@network(needs=SERVER)
def other_ports_with_a_server(W, each):
    """Where one server may be called: another port."""
    import socket

    return each(
        lambda host: socket.create_connection((host, W["tcp"]), 1) and "REACHED", ["127.0.0.1", "localhost"]
    )


@network(needs=SERVER)
def a_fast_open(W, each):
    """Data that opens a connection without asking to connect."""
    import socket

    def send(place):
        made = socket.socket()
        made.settimeout(1)
        address = ("127.0.0.1", W["tcp"])
        sent = (
            made.sendto(b"x", 0x20000000, address) if place else made.sendmsg([b"x"], [], 0x20000000, address)
        )
        return f"REACHED {sent}"

    return each(send, [0, 1])


@network(needs=SERVER)
def other_streams(W, each):
    """MPTCP and SCTP, which are streams too, and none that Landlock counts."""
    import socket

    def reach(kind):
        made = socket.socket(socket.AF_INET, *kind)
        made.settimeout(1)
        made.connect(("127.0.0.1", W["tcp"]))
        return "REACHED"

    return each(reach, [(1, 262), (1, 132), (5, 132), (1, 256), (1, 6 + (1 << 8))])


@network(needs=SERVER)
def datagrams_with_a_server(W, each):
    """Where one server may be called: datagrams, raw packets, local sockets."""
    import socket

    kinds = [(2, 2, 0), (2, 3, 1), (1, 1, 0), (1, 2, 0), (10, 1, 0), (16, 3, 0)]
    return each(lambda kind: socket.socket(*kind) and "REACHED", kinds)


@network(needs=SERVER)
def a_server_of_its_own(each):
    """To be called from outside: bind and listen, also without an address."""
    import socket

    doings = (
        lambda made: made.listen(),
        lambda made: made.bind(("0.0.0.0", 0)),
    )
    return each(lambda do: do(socket.socket()) or "REACHED", doings)


@network(needs=SERVER, open_on="B")
def the_same_port_elsewhere(W, each, port):
    """Where one server may be called: the same port at another address."""
    import socket

    return each(lambda host: socket.create_connection((host, port), 1) and "REACHED", ["127.0.0.2"])
