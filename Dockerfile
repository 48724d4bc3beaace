# Written by `make docs` from image/image.ts; changes here are lost.

FROM --platform=$BUILDPLATFORM openpolicyagent/opa:1.22.0-static AS compiler

FROM openpolicyagent/opa:1.22.0-static AS opa

FROM --platform=$BUILDPLATFORM node:24.21.0-trixie-slim AS build
WORKDIR /source
# By themselves, so that a changed source installs nothing anew.
COPY .npmrc package.json package-lock.json ./
RUN npm install --ignore-scripts --loglevel=error
COPY . .
COPY --from=compiler /opa /usr/local/bin/opa
COPY --from=opa /opa /opa
RUN OPA=/usr/local/bin/opa node --disable-warning=ExperimentalWarning image/main.ts assemble /image /opa

FROM gcr.io/distroless/nodejs24-debian13:nonroot
LABEL org.opencontainers.image.title="portcullis" \
  org.opencontainers.image.description="A policy-as-code admission controller for Kubernetes: Rego policies in WebAssembly, the same verdict in the cluster, on a laptop and in CI" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="0.1.0"
ENV NODE_ENV="production" \
  OPA="/portcullis/bin/opa"
# What lies in /image, since the folder that is copied would lose its mode and its time.
COPY --from=build --chown=0:0 /image /
WORKDIR /portcullis
USER 65532:65532
EXPOSE 8443 9090
ENTRYPOINT ["/nodejs/bin/node","/portcullis/dist/main.js"]
CMD ["--help"]
