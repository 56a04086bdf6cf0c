import { suite } from "uvu";
import { testNames } from "./name_cases.ts";
import { serviceCases } from "./service_cases.ts";

const test = suite("names of Services (Kubernetes DNS 1.1.0)");

testNames(test, serviceCases);

test.run();
