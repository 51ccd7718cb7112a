# The image of the generator (and of the `sixfold` command): build it with `docker build -t REGISTRY/sixfold:VERSION .`

FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements-live.txt .
RUN python -m venv /opt/sixfold \
    && /opt/sixfold/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-live.txt
COPY pyproject.toml README.md LICENSE ./
COPY compiler compiler
COPY generator generator
COPY lib lib
COPY environments environments
# The lock holds the build backend, so nothing unpinned is fetched here; the image does without it and without pip.
RUN /opt/sixfold/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
    && /opt/sixfold/bin/pip install --no-deps --no-index /dist/*.whl \
    && /opt/sixfold/bin/pip uninstall --yes hatchling pathspec pluggy trove-classifiers pip

FROM python:3.13-slim
COPY --from=build /opt/sixfold /opt/sixfold
ENV PATH=/opt/sixfold/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# The user that the chart runs it as, which is git-sync's.
USER 65533:65533
EXPOSE 8080 8081
CMD ["sixfold-generator"]
