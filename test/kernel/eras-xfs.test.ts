import { erasSuite } from "./eras/suite.js";

erasSuite("xfs", 5);
