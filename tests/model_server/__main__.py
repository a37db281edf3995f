"""`python -m tests.model_server`: starts the endpoint and prints what to export."""

from tests.model_server.server import serve

serve()
