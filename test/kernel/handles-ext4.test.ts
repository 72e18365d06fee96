import { handlesSuite } from "./handles/suite.js";

handlesSuite("ext4", 60);
