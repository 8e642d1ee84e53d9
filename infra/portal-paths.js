/**
 * The CloudFront function before the page's bucket (runtime 2.0): `/` leads to the page, which stands at `/portal` and
 * `/portal/`. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
 */
export function handler(event) {
  const request = event.request;
  if (request.uri === "/") {
    return { statusCode: 302, statusDescription: "Found", headers: { location: { value: "/portal/" } } };
  }
  if (request.uri === "/portal" || request.uri === "/portal/") request.uri = "/portal/index.html";
  return request;
}
