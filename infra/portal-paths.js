/**
 * The CloudFront function in front of the page's bucket (runtime 2.0). It redirects `/` to the page at `/portal/`, and
 * serves `/portal` too. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
 */
export function handler(event) {
  const request = event.request;
  if (request.uri === "/") {
    return { statusCode: 302, statusDescription: "Found", headers: { location: { value: "/portal/" } } };
  }
  if (request.uri === "/portal" || request.uri === "/portal/") request.uri = "/portal/index.html";
  return request;
}
