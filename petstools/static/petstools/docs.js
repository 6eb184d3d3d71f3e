// The page is for reading: calls are made by ChatGPT, signed in as a person.
SwaggerUIBundle({
  url: document.getElementById("operations").dataset.schema,
  dom_id: "#operations",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  defaultModelRendering: "model",
  displayOperationId: true,
  filter: true,
  supportedSubmitMethods: [],
  validatorUrl: null,
});
