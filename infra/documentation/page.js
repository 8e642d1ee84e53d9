const fonts = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';

// https://redocly.com/docs/redoc/config
Redoc.init(
  "/openapi.json",
  {
    // A worker from a blob would build its index, which the page's policy refuses.
    disableSearch: true,
    nativeScrollbars: true,
    hideHostname: true,
    // The format beside it gives the same information.
    hideSchemaPattern: true,
    expandResponses: "200",
    jsonSamplesExpandLevel: 4,
    theme: {
      colors: { primary: { main: "#0b5cad" }, text: { primary: "#1c2733" } },
      typography: {
        fontSize: "15px",
        fontFamily: fonts,
        headings: { fontFamily: fonts, fontWeight: "600" },
        code: { fontSize: "13px", fontFamily: "ui-monospace, SFMono-Regular, Menlo, monospace", wrap: true },
      },
      sidebar: { width: "280px", backgroundColor: "#f5f7fa" },
      rightPanel: { backgroundColor: "#1c2733" },
    },
  },
  document.getElementById("contract"),
);
