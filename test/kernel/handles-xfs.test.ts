import { handlesSuite } from "./handles/suite.js";

handlesSuite("xfs", 10);
