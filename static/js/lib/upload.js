// Uploads, with their progress, which fetch() does not tell.

import { Refused, csrfHeader } from "./http.js";

// Send a picture; return what the studio stored. `onProgress` gets the percentage.
export function upload(url, fields, onProgress = () => {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    request.open("POST", url);
    request.responseType = "json";
    for (const [name, value] of Object.entries({ Accept: "application/json", ...csrfHeader() })) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress((100 * event.loaded) / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status === 201) return resolve(request.response);
      const unexplained = { message: "The studio could not accept this picture. Please try again." };
      reject(new Refused(request.status, request.response?.error ?? unexplained));
    });
    request.addEventListener("error", () => reject(new Error("lost")));
    request.send(body);
  });
}
