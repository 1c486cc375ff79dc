// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {DisputeTest} from "./base/DisputeTest.sol";

/// @title Gas of the court's calls, as in Gas.t.sol.
/// forge-config: default.isolate = true
contract GasCourtTest is DisputeTest {
    string private constant GROUP = "Court";
    /// @dev a court of a size that a small network has
    uint256 private constant OWNERS = 30;

    function setUp() public override {
        super.setUp();
        seatOwners(OWNERS);
        open(dealWith(0)); // the first of 256 nonces pays for its word
    }

    /// @dev The whole of an ordinary dispute: three seats agree, the provider opens its commitment, nobody appeals.
    function test_gas_challengeToFinish() public {
        IDealEscrow.Deal memory deal = committeeDeal(1);
        open(deal);
        submit(deal, claimOf(deal, DIGEST));
        challenge(deal);
        uint256 total = _measure("challenge");
        draw(deal);
        total += _measure("draw, three seats");
        string[3] memory names = ["commit, first", "commit", "commit, last"];
        for (uint256 i = 0; i < 3; ++i) {
            commit(deal, i, DIGEST);
            total += _measure(names[i]);
        }
        for (uint256 i = 0; i < 3; ++i) {
            reveal(deal, i, DIGEST);
            total += _measure("reveal");
        }
        revealCommitment(deal);
        total += _measure("revealCommitment, last to open: judges");
        pass(APPEAL_WINDOW + BLOCK_SEC);
        finish(deal);
        total += _measure("finish, three seats, provider right");
        vm.snapshotValue(GROUP, "challenge to finish, three seats", total);
    }

    function _measure(string memory name) private returns (uint256) {
        return vm.snapshotGasLastCall(GROUP, name);
    }
}
