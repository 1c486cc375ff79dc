// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {CourtHandler} from "./CourtHandler.sol";
import {Handler} from "./Handler.sol";
import {SeatHandler} from "./SeatHandler.sol";
import {Usurper} from "./Usurper.sol";

/// @title What the fuzzer may call. What the rest needs something of, to work on, stands here more than once.
library Calls {
    function all() internal pure returns (bytes4[] memory selectors) {
        bytes4[22] memory ofDeals = [
            Handler.open.selector,
            Handler.open.selector,
            Handler.open.selector,
            Handler.submit.selector,
            Handler.submit.selector,
            Handler.submit.selector,
            Handler.claim.selector,
            Handler.timeoutSubmit.selector,
            Handler.settle.selector,
            Handler.close.selector,
            Handler.forfeit.selector,
            Handler.openAndSettle.selector,
            Handler.disturb.selector,
            Handler.attack.selector,
            Handler.deposit.selector,
            Handler.withdraw.selector,
            Handler.burn.selector,
            Handler.donate.selector,
            Handler.deliver.selector,
            Usurper.usurp.selector,
            Usurper.usurp.selector,
            Usurper.usurpOpening.selector
        ];
        bytes4[44] memory ofCourt = [
            Handler.wait.selector,
            Handler.waitBriefly.selector,
            Handler.waitBriefly.selector,
            Handler.waitBriefly.selector,
            Handler.waitLongForBlocks.selector,
            CourtHandler.challenge.selector,
            CourtHandler.challenge.selector,
            CourtHandler.challenge.selector,
            CourtHandler.draw.selector,
            CourtHandler.draw.selector,
            CourtHandler.draw.selector,
            CourtHandler.rearm.selector,
            CourtHandler.commitAll.selector,
            CourtHandler.commitAll.selector,
            CourtHandler.commit.selector,
            CourtHandler.decline.selector,
            CourtHandler.decline.selector,
            CourtHandler.revealAll.selector,
            CourtHandler.revealAll.selector,
            CourtHandler.revealAll.selector,
            CourtHandler.reveal.selector,
            CourtHandler.revealCommitment.selector,
            CourtHandler.tally.selector,
            CourtHandler.tally.selector,
            CourtHandler.appeal.selector,
            CourtHandler.quarrel.selector,
            CourtHandler.quarrel.selector,
            CourtHandler.quarrel.selector,
            CourtHandler.proceed.selector,
            CourtHandler.proceed.selector,
            CourtHandler.proceed.selector,
            CourtHandler.proceed.selector,
            CourtHandler.proceed.selector,
            CourtHandler.proceed.selector,
            CourtHandler.proceed.selector,
            CourtHandler.proceed.selector,
            CourtHandler.proceed.selector,
            CourtHandler.proceed.selector,
            CourtHandler.finish.selector,
            CourtHandler.trespass.selector,
            CourtHandler.haunt.selector,
            SeatHandler.takeSeat.selector,
            SeatHandler.askExit.selector,
            SeatHandler.leaveSeat.selector
        ];
        selectors = new bytes4[](ofDeals.length + ofCourt.length);
        for (uint256 i = 0; i < selectors.length; ++i) {
            selectors[i] = i < ofDeals.length ? ofDeals[i] : ofCourt[i - ofDeals.length];
        }
    }

    /// @return calls of the contracts that the above must get through
    function reached() internal pure returns (bytes4[] memory calls) {
        bytes4[23] memory list = [
            IDealEscrow.open.selector,
            IDealEscrow.openAndSettle.selector,
            IDealEscrow.submit.selector,
            IDealEscrow.settle.selector,
            IDealEscrow.claim.selector,
            IDealEscrow.forfeit.selector,
            IDealEscrow.timeoutSubmit.selector,
            IDealEscrow.close.selector,
            IDealEscrow.withdraw.selector,
            IDealEscrow.burn.selector,
            IDealEscrow.challenge.selector,
            ICourt.takeSeat.selector,
            ICourt.askExit.selector,
            ICourt.leaveSeat.selector,
            ICourt.draw.selector,
            ICourt.rearm.selector,
            ICourt.commit.selector,
            ICourt.decline.selector,
            ICourt.reveal.selector,
            ICourt.revealCommitment.selector,
            ICourt.tally.selector,
            ICourt.appeal.selector,
            ICourt.finish.selector
        ];
        calls = new bytes4[](list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            calls[i] = list[i];
        }
    }
}
