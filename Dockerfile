# swarmd and swarmctl in one image.
#
#   docker build -t swarmkit .        builds the programs too, on Docker's own Node image
#   docker run -d --name swarmd -v /var/run/docker.sock:/var/run/docker.sock -p 4242:4242 \
#     swarmkit swarmd --listen-remote-api 0.0.0.0:4242
#   docker exec swarmd swarmctl node ls
#
# Where no registry can be reached, scripts/build-image.ts makes a base on the spot and builds the
# target "prebuilt" from programs that are already in packages/*/dist. Stages after the target are
# never looked at, so the order of the stages matters, and no stage up to it may RUN anything: that
# base has no shell. See docs/decisions/0003-images-without-a-registry.md.

# Anything with Node 24 as `node`, and /usr/bin/env.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS runtime
# The identity, the cluster's state and the log: keep it, and a new container is the same node.
VOLUME /var/lib/swarmd
EXPOSE 4242
# The base may bring an entry point that guesses what is meant; here a command is what runs.
ENTRYPOINT []
CMD ["swarmd", "--help"]

FROM runtime AS prebuilt
COPY packages/swarmd/dist/swarmd.cjs /usr/local/bin/swarmd
COPY packages/swarmctl/dist/swarmctl.cjs /usr/local/bin/swarmctl

FROM node:24-bookworm-slim AS build
WORKDIR /source
COPY . .
RUN node scripts/bootstrap.mjs scripts/build.ts \
  && chmod 755 packages/swarmd/dist/swarmd.cjs packages/swarmctl/dist/swarmctl.cjs

FROM runtime
COPY --from=build /source/packages/swarmd/dist/swarmd.cjs /usr/local/bin/swarmd
COPY --from=build /source/packages/swarmctl/dist/swarmctl.cjs /usr/local/bin/swarmctl
