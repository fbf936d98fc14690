// Paint: each slider and its box follow each other.

import { pairSliders } from "../lib/sliders.js";

pairSliders(document.querySelector("#paint"));
