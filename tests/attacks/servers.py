"""Attacks on the server that a test runs beside a submission, from where it may be called."""

from autograder.sandbox.limits import Needs

from .zygotes import Attacks

server = Attacks("the server")
NEEDS = Needs(server=True)


def raw(port, data, wait=0.3):
    """Send bytes; return what comes back in time."""
    import socket

    line = socket.create_connection(("127.0.0.1", port), 5)
    line.settimeout(wait)
    try:
        line.sendall(data)
        return line.recv(1 << 16).decode("latin-1")
    except OSError as error:
        return type(error).__name__
    finally:
        line.close()


@server(needs=NEEDS)
def many_requests(port):
    """Requests without end: some are kept, and all others refused."""
    import http.client

    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    for number in range(600):
        line.request("GET", f"/{number}")
        status = line.getresponse().read() and 200
    return status


@server(needs=NEEDS)
def large_requests(port, each):
    """A megabyte each, thirty times."""
    import http.client

    def post(number):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        line.request("POST", "/", body=bytes(1 << 20))
        return line.getresponse().status

    return sorted(set(each(post, range(30))))


@server(needs=NEEDS)
def large_heads(port, raw, each):
    """Ninety headers of 60 kB, eight times."""
    head = b"".join(b"X-%d: %s\r\n" % (n, b"x" * 60_000) for n in range(90))
    return sorted(set(each(lambda n: raw(port, b"GET / HTTP/1.1\r\n" + head + b"\r\n")[:12], range(8))))


@server(needs=NEEDS)
def one_huge_body(port, raw):
    """A body of 10 MB that holds another request, and one that claims 10 GB."""
    inner = b"GET /forged HTTP/1.1\r\nHost: x\r\n\r\n"
    body = inner * (10_000_000 // len(inner))
    return [
        raw(port, b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)[:20],
        raw(port, b"POST / HTTP/1.1\r\nContent-Length: 10000000000\r\n\r\nx")[:20],
    ]


@server(needs=NEEDS)
def slow_lines(port, each):
    """400 connections that say a letter and wait."""
    import socket

    global HELD

    def hold(number):
        line = socket.create_connection(("127.0.0.1", port), 2)
        line.send(b"G")
        return line

    HELD = each(hold, range(400))
    return len(HELD)


@server(needs=NEEDS)
def deaf_lines(port, each):
    """60 connections that ask and never read."""
    import socket

    global HELD

    def hold(number):
        line = socket.create_connection(("127.0.0.1", port), 2)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        line.settimeout(0.01)
        try:
            line.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        except OSError:
            pass
        return line

    HELD = each(hold, range(60))
    return len(HELD)


@server(needs=NEEDS)
def no_http(port, raw):
    """Random bytes, wrong versions, lengths that are no numbers, chunks, half a request."""
    asked = (
        b"\x00\xff" * 500, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 100, b"GET / " + b"x" * 70_000,
        b"POST / HTTP/1.1\r\nContent-Length: \xb2\r\n\r\nx", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\nx",
        b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nx",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", b"GET /%00%0d%0a HTTP/1.1\r\nA:\x00b\r\n\r\n",
        b"X" * 100 + b" / HTTP/1.1\r\n\r\n", b"_send / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n",
    )  # fmt: skip
    return [raw(port, data, 0.05)[:12] for data in asked]


@server(needs=NEEDS)
def a_header_in_a_path(port, raw):
    """A line break that would begin a header of the answer, where the app sends the path back."""
    said = raw(port, b"GET /echo?a%0d%0aX-Forged:%201 HTTP/1.1\r\nHost: x\r\nX-Echo: a\rX-Forged: 1\r\n\r\n")
    return "REACHED" if "\nX-Forged" in said else said[:50]


@server(needs=NEEDS)
def the_ledger(port, raw):
    """To have the server forget what was asked: other methods, other paths, the log by its name."""
    for word in (b"DELETE /", b"PUT /requests", b"POST /serve", b"RESET /", b"GET /../requests"):
        raw(port, word + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]")
    return "tried"
