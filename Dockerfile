# docker build -t sockdojo . && docker run --rm -it sockdojo
FROM debian:12

RUN apt-get update \
    && apt-get install -y --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --shell /bin/bash learner
WORKDIR /home/learner/sockdojo

# On their own, so that a change to a source does not install all again.
COPY packages.txt ./
COPY tests/install-packages.sh tests/
RUN tests/install-packages.sh check && tests/install-packages.sh learn \
    && rm -rf build /var/lib/apt/lists/*

COPY --chown=learner:learner . .
RUN chown learner:learner . tests

USER learner
CMD ["/bin/sh", "-c", "make demo && make check"]
