// The page is for reading: calls are made by ChatGPT, signed in as a person.
SwaggerUIBundle({
  url: document.getElementById("operations").dataset.schema,
  dom_id: "#operations",
  // Its links would stand inside of buttons, where a keyboard or a screen reader does not find them.
  deepLinking: false,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  defaultModelRendering: "model",
  displayOperationId: true,
  filter: true,
  supportedSubmitMethods: [],
  validatorUrl: null,
});
