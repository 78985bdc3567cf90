# One image for `capstan bot` and `capstan worker`. Node 24 runs the sources by stripping their types, so nothing is
# compiled; it refuses to do that beneath node_modules, so the sources lie beside them and are not installed as a package.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package that the product needs at run time needs a script of its own to be installed.
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY src src
# The image's own user `node`, as a number, so that Kubernetes can see that it is not root.
USER 1000:1000
ENTRYPOINT ["node", "bin/capstan.js"]
CMD ["help"]
