# The image of the generator (and of the `sixfold` command): build it with `docker build -t REGISTRY/sixfold:VERSION .`
# The image of CI, which has git and ssh too, and which `sixfold init --image` names: `docker build --target ci ...`
# A base with a digest: `--build-arg BASE=python:3.13-slim@sha256:...`

ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /src
COPY requirements-live.txt .
RUN python -m venv /opt/sixfold \
    && /opt/sixfold/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-live.txt
COPY pyproject.toml README.md LICENSE requirements.txt ./
COPY compiler compiler
COPY generator generator
COPY lib lib
COPY environments environments
COPY sbom sbom
COPY dev/installed.py .
# The lock holds the build backend, so nothing unpinned is fetched here; the image does without it and without pip.
RUN /opt/sixfold/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
    && /opt/sixfold/bin/pip install --no-deps --no-index /dist/*.whl \
    && /opt/sixfold/bin/pip uninstall --yes hatchling pathspec pluggy tomlkit trove-classifiers pip
# The image has what its SBOM says, and nothing else: `docker run IMAGE cat /opt/sixfold/image.cdx.json`.
RUN /opt/sixfold/bin/python -P installed.py sbom/image.cdx.json && cp sbom/image.cdx.json /opt/sixfold/

FROM ${BASE} AS installed
COPY --from=build /opt/sixfold /opt/sixfold
ENV PATH=/opt/sixfold/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

# Jobs of GitHub run as root in their container.
FROM installed AS ci
RUN apt-get update \
    && apt-get install --yes --no-install-recommends curl git openssh-client \
    && rm -rf /var/lib/apt/lists/*

FROM installed
# The user that the chart runs it as, which is git-sync's.
USER 65533:65533
EXPOSE 8080 8081
CMD ["sixfold-generator"]
