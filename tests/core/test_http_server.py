"""The judge's server."""

import socket

from autograder.sandbox.http_server import Response, Server


def test_a_request_whose_sender_is_gone_before_its_end_was_never_made():
    heard = []

    def app(request):
        heard.append(request.json)
        return Response()

    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(listener)
    server.serve(app)
    try:
        for body in (b"[1", b"[1]"):
            with socket.create_connection(("127.0.0.1", server.port)) as line:
                line.sendall(
                    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\n" + body
                )
                line.shutdown(socket.SHUT_WR)
                answer = b"".join(iter(lambda: line.recv(1024), b""))
            assert answer.startswith(b"HTTP/1.1 200") == (body == b"[1]")
        assert heard == [[1]] == [request.json for request in server.requests]
    finally:
        server.close()
