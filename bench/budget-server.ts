/** The local DynamoDB in a process of its own, so that it answers while the load test's own process is busy. */
import { startDynamoDb } from "../local/dynamodb/server.ts";
import { faults } from "../local/faults.ts";
import { BUDGET_TABLE } from "../local/functions.ts";

const { url } = await startDynamoDb(0, BUDGET_TABLE, faults());
console.log(url);
