// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "./Vm.sol";

/// @title Where a contract will be, so that two can know each other.
library Addresses {
    /// @param ahead how many contracts the account deploys before that one
    function next(Vm vm, address deployer, uint256 ahead) internal view returns (address) {
        return vm.computeCreateAddress(deployer, vm.getNonce(deployer) + ahead);
    }
}
