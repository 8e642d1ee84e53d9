/** athena-express over the AWS SDK that it asks for, with a poll interval in milliseconds. Answers each line of standard input with one of output. */
const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");

const peers = createRequire(process.argv[2]);
const AWS = peers("aws-sdk");
const { AthenaExpress } = peers("athena-express");

AWS.config.update({
  region: "eu-central-1",
  credentials: new AWS.Credentials("local", "local"),
  athena: { endpoint: process.env.AWS_ENDPOINT_URL_ATHENA },
  s3: { endpoint: process.env.AWS_ENDPOINT_URL_S3, s3ForcePathStyle: true },
});
const athena = new AthenaExpress({
  aws: AWS,
  s3: "s3://athena-results/bench/",
  db: "minutes",
  catalog: "AwsDataCatalog",
  workgroup: "bench",
  ignoreEmpty: false,
  retry: process.argv[3],
});

let number = 0;
createInterface({ input: process.stdin }).on("line", async () => {
  const startedAt = performance.now();
  const { Items } = await athena.query(`SELECT ${number++}`);
  const milliseconds = performance.now() - startedAt;
  process.stdout.write(`${JSON.stringify({ milliseconds, rows: Items.length })}\n`);
});
