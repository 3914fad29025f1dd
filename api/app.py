"""The REST API as a server: `uvicorn api.app:app`."""

from fastapi import APIRouter, Depends, FastAPI

from api import (
    catalogue,
    docs,
    exports,
    health,
    history,
    imports,
    labels,
    models,
    photos,
    prediction_batches,
    predictions,
    problems,
    recycle_bin,
    reviews,
    rounds,
    samples,
    scan,
    sessions,
    statistic_runs,
    statistics,
    trace,
    training_runs,
    uploads,
    users,
)
from api.dependencies import current_sign_in
from api.requests import Requests
from core import logs


def make() -> FastAPI:
    logs.configure()
    app = FastAPI(
        title="Meatlab API",
        version="1",
        description="Photographs of meat cross-sections with their data. Times are UTC, days are Korean.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={"default": docs.PROBLEM},
        generate_unique_id_function=lambda route: f"{route.endpoint.__module__.removeprefix('api.')}.{route.name}",
    )
    app.add_middleware(Requests)
    problems.install(app)
    # Closed unless opened: a route of this router answers nobody who is not signed in.
    closed = APIRouter(dependencies=[Depends(current_sign_in)])
    for topic in (
        sessions,
        catalogue,
        trace,
        samples,
        uploads,
        photos,
        predictions,
        prediction_batches,
        models,
        training_runs,
        reviews,
        rounds,
        statistic_runs,
        statistics,
        recycle_bin,
        exports,
        imports,
        history,
        labels,
        scan,
        users,
    ):
        closed.include_router(topic.router)
    app.include_router(sessions.public, prefix="/v1")
    app.include_router(closed, prefix="/v1")
    app.include_router(health.router)
    docs.install(app)
    return app


app = make()
