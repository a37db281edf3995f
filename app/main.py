"""The console's server: an ASGI application around the script `console.py`.

Adds what Streamlit leaves out: security headers, the host check, sign-in routes, a warm platform at start and a
last flush on SIGTERM. Started by `python3 -m app run`, or by `streamlit run app/main.py`.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from starlette.routing import Mount  # noqa: E402
from starlette.staticfiles import StaticFiles  # noqa: E402

from app.identity import sign_in_routes  # noqa: E402
from app.lifespan import lifespan  # noqa: E402
from app.security import Safeguards  # noqa: E402
from app.session import people, settings, sign_ins  # noqa: E402

app = st.App(
    ROOT / "app" / "console.py",
    lifespan=lifespan,
    routes=[
        *sign_in_routes(settings(), sign_ins(), people),
        Mount("/console", StaticFiles(directory=ROOT / "app" / "assets")),
    ],
    middleware=[Middleware(Safeguards, settings=settings(), sign_ins=sign_ins())],
)
