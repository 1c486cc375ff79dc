// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Court} from "../../src/Court.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {Verdict} from "../../src/libraries/Verdict.sol";

/// @dev A court whose dispute is written as it would stand before `finish`, so that many can be paid out quickly.
contract CourtHarness is Court {
    constructor(address escrow_, address randomness_, Settings memory settings_)
        Court(escrow_, randomness_, settings_)
    {}

    /// @param given the provider's digest
    /// @param members of all rounds
    /// @param payers of the second and the third round, as far as there were any
    /// @param dropped whether one more round was asked for and could not be drawn
    function payOut(
        IDealEscrow.Deal calldata deal,
        IDealEscrow.Result calldata result,
        bytes26 given,
        Member[] calldata members,
        address[] calldata payers,
        bool dropped
    ) external {
        for (uint256 i = 0; i < members.length; ++i) {
            Seat storage seat = _seats[members[i].seat];
            Standing standing = members[i].standing;
            if (standing == Standing.Declined) seat.stake -= uint96(deal.seatFee);
            else if (standing != Standing.Excused) seat.risk += uint96(RISK_FEES * deal.seatFee);
        }
        Outcome memory o = Outcome(payers.length, false, given, members);
        for (uint256 round = 0; round <= payers.length; ++round) {
            o.providerWrong = Verdict.isProviderWrong(Verdict.majorityOf(o.members, round, given), given);
            if (round == payers.length) break;
            escrow.collect(payers[round], Verdict.sizeOf(round + 1) * deal.seatFee);
            _appeals[result.deal][round + 1] = Deposit(payers[round], !o.providerWrong);
        }
        if (dropped) ++o.round;
        _payOut(deal, result, o);
    }
}
