"use strict";

// The description of the interface is for those who hold a token; the token stays in this page and goes with every try.
const form = document.getElementById("ask");
const problem = document.getElementById("problem");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  const token = document.getElementById("token").value.trim();
  const withToken = (request) => {
    request.headers = { ...request.headers, Authorization: `Bearer ${token}` };
    return request;
  };
  try {
    const answer = await fetch("v1/openapi.json", withToken({}));
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.detail);
    form.hidden = true;
    SwaggerUIBundle({
      spec: body,
      dom_id: "#interface",
      deepLinking: false,
      docExpansion: "list",
      validatorUrl: null,
      requestInterceptor: withToken,
    });
  } catch (error) {
    problem.textContent = error.message;
  }
});
