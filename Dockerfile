# One image for `capstan bot` and `capstan worker`. Node 24 runs the sources by stripping their types, so nothing is
# compiled; it refuses to do that beneath node_modules, so the sources lie beside them and are not installed as a package.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package that the product needs at run time needs a script of its own to be installed. A registry of your own is
# named by a secret: --secret id=npmrc,src=$HOME/.npmrc. What only compilers and debuggers read is left out.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --omit=dev --ignore-scripts \
    && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete

# Node and the libraries that it is linked with: no shell, no package manager, and nothing to write to but /tmp.
FROM node:24-slim AS runtime
RUN mkdir -p /runtime/etc /runtime/tmp \
    && chmod 1777 /runtime/tmp \
    && cp --parents --dereference "$(command -v node)" $(ldd "$(command -v node)" | grep -o '/[^ ]*') /runtime \
    && echo 'node:x:1000:1000::/tmp:/usr/sbin/nologin' >/runtime/etc/passwd \
    && echo 'node:x:1000:' >/runtime/etc/group

FROM scratch
COPY --from=runtime /runtime /
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY src src
ENV PATH=/usr/local/bin NODE_ENV=production
# As a number, so that Kubernetes can see that it is not root.
USER 1000:1000
ENTRYPOINT ["node", "bin/capstan.js"]
CMD ["help"]
