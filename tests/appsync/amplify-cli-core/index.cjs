// The simulator imports amplify-cli-core for one thing: the error its OpenSearch source throws. The real package
// depends on aws-cdk-lib, TypeScript and 200 more, about 250 MB, none of which runs here. `serve.mjs` refuses
// OpenSearch sources at start, so neither name below is reached; if one is, it says so.
class AmplifyFault extends Error {
  constructor(name, options, cause) {
    super(options?.message ?? name, { cause });
    this.name = name;
  }
}

module.exports = {
  AmplifyFault,
  AMPLIFY_SUPPORT_DOCS: { CLI_GRAPHQL_TROUBLESHOOTING: { url: "https://docs.amplify.aws/" } },
};
