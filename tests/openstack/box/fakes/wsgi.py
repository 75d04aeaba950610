"""WSGI applications for gunicorn, whose arguments are not theirs to parse."""

import sys


def keystone():
    from keystone.server import wsgi

    del sys.argv[1:]
    return wsgi.initialize_public_application()


def placement():
    from placement import wsgi

    return wsgi.init_application()
