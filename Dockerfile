# syntax=docker/dockerfile:1
# A static binary on an empty image: no shell, no package manager, not root.

FROM golang:1.26-alpine AS build
RUN apk add --no-cache ca-certificates
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/go/cache \
    GOCACHE=/go/cache CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /out/handoff ./cmd/handoff \
 && mkdir -p /out/archive

FROM scratch
LABEL org.opencontainers.image.title="handoff" \
      org.opencontainers.image.description="Moves a live chat from a bot to a person and back" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/LICENSE /LICENSE
COPY --from=build /out/handoff /handoff
COPY --from=build --chown=65532:65532 /out/archive /archive
USER 65532:65532
ENV HANDOFF_LISTEN=0.0.0.0:8080 HANDOFF_CONFIG=/etc/handoff/handoff.yaml
EXPOSE 8080
VOLUME /archive
# Alive, not ready: a container must not be restarted because Redis is away.
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s --retries=3 CMD ["/handoff", "healthcheck"]
ENTRYPOINT ["/handoff"]
CMD ["serve"]
